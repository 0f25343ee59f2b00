(() => {
  const at = (id) => document.getElementById(id);
  const box = at("words"), count = at("count"), nothing = at("nothing"), index = at("index");
  const entries = Array.from(document.querySelectorAll("article"), (article) => ({
    article,
    link: document.querySelector(`nav li[data-of="${article.id}"]`),
    text: `${article.dataset.words} ${article.textContent}`.toLowerCase(),
  }));
  const groups = document.querySelectorAll("main section, nav .group");
  const wide = matchMedia("(min-width: 60rem)");

  // A log line says `NAME (number)`, so brackets are not part of a word.
  const words = () => box.value.toLowerCase().split(/[\s()#,:]+/).filter(Boolean);

  const show = () => {
    const asked = words();
    let found = 0;
    for (const { article, link, text } of entries) {
      const hidden = !asked.every((word) => text.includes(word));
      article.hidden = hidden;
      if (link) link.hidden = hidden;
      if (!hidden) found += 1;
    }
    for (const group of groups) {
      group.hidden = !group.querySelector("article:not([hidden]), li[data-of]:not([hidden])");
    }
    nothing.hidden = found > 0;
    count.textContent = asked.length > 0 ? `${found} of ${entries.length}` : "";
  };

  const remember = () => {
    const to = box.value ? `#q=${encodeURIComponent(box.value)}` : location.pathname + location.search;
    try { history.replaceState(null, "", to); } catch { /* a page in a frame may not */ }
  };

  const follow = () => {
    const hash = location.hash;
    if (hash.startsWith("#q=")) {
      try { box.value = decodeURIComponent(hash.slice(3)); } catch { box.value = hash.slice(3); }
      show();
    } else if (hash) {
      const target = at(hash.slice(1));
      if (target && target.hidden) {
        box.value = "";
        show();
      }
      if (target) target.scrollIntoView();
    }
  };

  const clear = () => { box.value = ""; show(); remember(); box.focus(); };
  const fold = () => { index.open = wide.matches; };

  at("search").hidden = false;
  at("search").addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = words();
    const first = entries.find(({ article }) => asked.includes(article.id)) ||
      entries.find(({ article }) => asked.length > 0 && !article.hidden);
    if (first) first.article.scrollIntoView();
    box.blur();
  });
  box.addEventListener("input", () => { show(); remember(); scrollTo(0, 0); });
  at("clear").addEventListener("click", clear);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== box && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && event.target === box) {
      clear();
    }
  });
  addEventListener("hashchange", follow);
  wide.addEventListener("change", fold);
  fold();
  show();
  follow();
})();
