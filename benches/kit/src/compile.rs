//! What the compiler must accept, and what it must refuse in which words.
//!
//! A [`Project`] is a small workspace that is written to a scratch folder and
//! checked with cargo as a user would. Each case is a file whose first lines
//! say what is expected:
//!
//! ```text
//! //@ says: error code 210001 is declared twice
//! //@ says: src/bin/duplicate.rs:5
//! ```
//!
//! Every text behind `says` must stand in an error of that file. A case
//! without any must compile without an error or a warning.
//!
//! Only our own words are compared. The frame that the compiler puts round
//! them changes from version to version, and a suite that pins it fails on
//! every machine but one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

/// A scratch workspace.
#[derive(Debug)]
pub struct Project {
    root: PathBuf,
    members: Vec<String>,
    cases: BTreeMap<String, Case>,
}

#[derive(Debug)]
struct Case {
    says: Vec<String>,
}

/// What the compiler said of one target.
#[derive(Debug, Default)]
struct Said {
    errors: String,
    warnings: String,
    /// Whether cargo came to the end of it.
    compiled: bool,
}

impl Project {
    /// An empty workspace in `scratch`, usually `env!("CARGO_TARGET_TMPDIR")`.
    /// What an earlier run left there is replaced, but for the build cache.
    ///
    /// Versions come from the nearest `Cargo.lock` above the package under
    /// test, so that nothing has to be fetched.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn new(scratch: impl AsRef<Path>, name: &str) -> io::Result<Self> {
        let root = scratch.as_ref().join(name);
        if root.join("packages").exists() {
            fs::remove_dir_all(root.join("packages"))?;
        }
        fs::create_dir_all(root.join("packages"))?;
        let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
        let lock = here.ancestors().map(|dir| dir.join("Cargo.lock")).find(|file| file.exists());
        if let Some(lock) = lock {
            fs::copy(lock, root.join("Cargo.lock"))?;
        }
        Ok(Project { root, members: Vec::new(), cases: BTreeMap::new() })
    }

    /// Adds a package with these dependencies (lines of a manifest) and files.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn package(
        &mut self,
        name: &str,
        edition: &str,
        dependencies: &str,
        files: &[(&str, &str)],
    ) -> io::Result<()> {
        let folder = self.root.join("packages").join(name);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n\n\
             [dependencies]\n{dependencies}\n"
        );
        write(&folder.join("Cargo.toml"), &manifest)?;
        for (path, text) in files {
            write(&folder.join(path), text)?;
        }
        self.members.push(name.to_owned());
        Ok(())
    }

    /// Adds a file to a package.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn file(&self, package: &str, path: &str, text: &str) -> io::Result<()> {
        write(&self.root.join("packages").join(package).join(path), text)
    }

    /// Adds a package whose binaries `<name>-<file>` are the `.rs` files of
    /// `folder`, each a case.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written.
    pub fn cases(
        &mut self,
        name: &str,
        edition: &str,
        dependencies: &str,
        folder: impl AsRef<Path>,
    ) -> io::Result<()> {
        let mut files = Vec::new();
        for file in fs::read_dir(folder)? {
            let path = file?.path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let case = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path)?;
            let says = text
                .lines()
                .filter_map(|line| line.strip_prefix("//@ says: "))
                .map(str::to_owned)
                .collect();
            // Prefixed, so that one folder can be checked in several editions.
            files.push((format!("src/bin/{name}-{case}.rs"), text));
            self.cases.insert(format!("{name}-{case}"), Case { says });
        }
        let files: Vec<_> = files.iter().map(|(path, text)| (&**path, &**text)).collect();
        self.package(name, edition, dependencies, &files)
    }

    /// Runs `cargo clippy` (`cargo check` where there is none) over all of it and compares.
    ///
    /// # Errors
    ///
    /// A text that lists every case in which the compiler did not do what was
    /// promised, with what it said instead; or why cargo could not run.
    pub fn check(self) -> Result<usize, String> {
        let said = self.said().map_err(|error| format!("cargo could not run: {error}"))?;
        let mut faults = String::new();
        for (name, case) in &self.cases {
            let nothing = Said::default();
            let said = said.get(name).unwrap_or(&nothing);
            if case.says.is_empty() {
                if said.errors.is_empty() && !said.compiled {
                    let _ = writeln!(faults, "\n== {name}: was not checked");
                } else if !(said.errors.is_empty() && said.warnings.is_empty()) {
                    let _ = writeln!(
                        faults,
                        "\n== {name}: should compile\n{}{}",
                        said.errors, said.warnings
                    );
                }
                continue;
            }
            let missing: Vec<_> =
                case.says.iter().filter(|words| !said.errors.contains(*words)).collect();
            if said.errors.is_empty() {
                let _ = writeln!(faults, "\n== {name}: should be refused, but compiles");
            } else if !missing.is_empty() {
                let _ =
                    writeln!(faults, "\n== {name}: the errors lack {missing:#?}\n{}", said.errors);
            }
        }
        // What belongs to no case must compile, or the cases prove nothing.
        for (target, said) in said.iter().filter(|(target, _)| !self.cases.contains_key(*target)) {
            if !said.errors.is_empty() {
                let _ = writeln!(faults, "\n== {target}: is no case\n{}", said.errors);
            }
        }
        if faults.is_empty() { Ok(self.cases.len()) } else { Err(faults) }
    }

    fn said(&self) -> io::Result<BTreeMap<String, Said>> {
        let members: Vec<_> =
            self.members.iter().map(|name| format!("\"packages/{name}\"")).collect();
        let manifest =
            format!("[workspace]\nresolver = \"3\"\nmembers = [{}]\n", members.join(", "));
        write(&self.root.join("Cargo.toml"), &manifest)?;

        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // Clippy says all that the compiler says, and more; a bare toolchain
        // may lack it.
        let clippy = Command::new(&cargo).args(["clippy", "--version"]).output();
        let check =
            if clippy.is_ok_and(|clippy| clippy.status.success()) { "clippy" } else { "check" };
        let output = Command::new(cargo)
            .args([check, "--workspace", "--keep-going", "--offline", "--message-format=json"])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            // Each file is new to the compiler each time; a cache would only
            // grow, and hide what a check from scratch costs.
            .env("CARGO_INCREMENTAL", "0")
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .stdin(Stdio::null())
            .output()?;

        let mut said: BTreeMap<String, Said> = BTreeMap::new();
        let mut messages = 0;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let Ok(message) = serde_json::from_str::<serde_json::Value>(line) else { continue };
            messages += 1;
            let text = |path: &str| message.pointer(path).and_then(|value| value.as_str());
            if let (Some("compiler-artifact"), Some(target)) =
                (text("/reason"), text("/target/name"))
            {
                said.entry(target.to_owned()).or_default().compiled = true;
            }
            let (Some(target), Some(level), Some(rendered)) =
                (text("/target/name"), text("/message/level"), text("/message/rendered"))
            else {
                continue;
            };
            let said = said.entry(target.to_owned()).or_default();
            match level {
                "error" => said.errors.push_str(rendered),
                "warning" => said.warnings.push_str(rendered),
                _ => {}
            }
        }
        if messages == 0 {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        Ok(said)
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
