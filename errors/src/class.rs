//! The questions that a code answers, each in one word.

/// Whose fault it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Fault {
    /// The caller asked for something that cannot be had.
    Caller,
    /// The service that raised the code.
    Service,
    /// Something that the service depends on.
    Dependency,
}

impl Fault {
    /// The word in lower case, as it stands in logs and catalogues.
    pub const fn as_str(self) -> &'static str {
        match self {
            Fault::Caller => "caller",
            Fault::Service => "service",
            Fault::Dependency => "dependency",
        }
    }
}

/// What a caller may do about it.
///
/// This is the *class* of the fault. Whether repeating is safe is a second
/// question, which [`Executed`] answers: repeat only when the class allows it
/// and either nothing was executed or the call is idempotent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RetryClass {
    /// The same call will fail again.
    Never,
    /// Later, after a growing and jittered delay.
    Backoff,
    /// After the delay that the error names; without one, as [`Backoff`](Self::Backoff).
    AfterDelay,
    /// At once, but at another endpoint.
    Elsewhere,
    /// Not this call, but what surrounds it: the transaction, the log-in.
    HigherLevel,
}

impl RetryClass {
    /// The word in lower case, as it stands in logs and catalogues.
    pub const fn as_str(self) -> &'static str {
        match self {
            RetryClass::Never => "never",
            RetryClass::Backoff => "backoff",
            RetryClass::AfterDelay => "after delay",
            RetryClass::Elsewhere => "elsewhere",
            RetryClass::HigherLevel => "higher level",
        }
    }
}

/// Whether the work was done although the call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Executed {
    /// Nothing happened: repeating is safe for any call.
    ///
    /// A service that has begun to work must not pass on somebody else's *no* as its own: give what
    /// a third refused a code of yours once there is something to undo.
    No,
    /// Nobody knows: repeating is safe for idempotent calls only.
    Unknown,
    /// It happened.
    Yes,
}

impl Executed {
    /// The word in lower case, as it stands in logs and catalogues.
    pub const fn as_str(self) -> &'static str {
        match self {
            Executed::No => "no",
            Executed::Unknown => "unknown",
            Executed::Yes => "yes",
        }
    }
}

/// The gRPC status codes of a failed call. There is no `Ok` among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[expect(missing_docs, reason = "the gRPC status table says what each means")]
pub enum Grpc {
    Cancelled = 1,
    Unknown = 2,
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    NotFound = 5,
    AlreadyExists = 6,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    OutOfRange = 11,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    DataLoss = 15,
    Unauthenticated = 16,
}

impl Grpc {
    /// The number on the wire, 1 to 16.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The status with this number; none for 0, which is no error, and above 16.
    #[cfg_attr(not(any(feature = "http", feature = "tonic", feature = "serde")), allow(dead_code))]
    pub(crate) const fn from_number(number: u64) -> Option<Grpc> {
        Some(match number {
            1 => Grpc::Cancelled,
            2 => Grpc::Unknown,
            3 => Grpc::InvalidArgument,
            4 => Grpc::DeadlineExceeded,
            5 => Grpc::NotFound,
            6 => Grpc::AlreadyExists,
            7 => Grpc::PermissionDenied,
            8 => Grpc::ResourceExhausted,
            9 => Grpc::FailedPrecondition,
            10 => Grpc::Aborted,
            11 => Grpc::OutOfRange,
            12 => Grpc::Unimplemented,
            13 => Grpc::Internal,
            14 => Grpc::Unavailable,
            15 => Grpc::DataLoss,
            16 => Grpc::Unauthenticated,
            _ => return None,
        })
    }

    /// The name as the gRPC documents spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Grpc::Cancelled => "CANCELLED",
            Grpc::Unknown => "UNKNOWN",
            Grpc::InvalidArgument => "INVALID_ARGUMENT",
            Grpc::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Grpc::NotFound => "NOT_FOUND",
            Grpc::AlreadyExists => "ALREADY_EXISTS",
            Grpc::PermissionDenied => "PERMISSION_DENIED",
            Grpc::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Grpc::FailedPrecondition => "FAILED_PRECONDITION",
            Grpc::Aborted => "ABORTED",
            Grpc::OutOfRange => "OUT_OF_RANGE",
            Grpc::Unimplemented => "UNIMPLEMENTED",
            Grpc::Internal => "INTERNAL",
            Grpc::Unavailable => "UNAVAILABLE",
            Grpc::DataLoss => "DATA_LOSS",
            Grpc::Unauthenticated => "UNAUTHENTICATED",
        }
    }
}
