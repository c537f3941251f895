// What is wider than the page scrolls: with the keyboard too, and it fades where it goes on (site.css).
(() => {
  const parts = document.querySelectorAll("pre, .table-wrapper, div.math");
  const look = (part) => {
    const rest = part.scrollWidth - part.clientWidth;
    part.classList.toggle("scrolls", rest > 1);
    part.classList.toggle("on-right", part.scrollLeft < rest - 1);
    const tall = part.scrollHeight > part.clientHeight + 1;
    if (rest > 1 || tall) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  };
  const watch = new ResizeObserver((seen) => seen.forEach(({ target }) => look(target)));
  for (const part of parts) {
    watch.observe(part);
    part.addEventListener("scroll", () => look(part), { passive: true });
  }
})();
