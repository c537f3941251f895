// What the theme and the browser leave out for the keyboard.
(() => {
  // What is wider than the page scrolls with the keyboard too, and fades where it goes on (site.css).
  const look = (part) => {
    const rest = part.scrollWidth - part.clientWidth;
    part.classList.toggle("scrolls", rest > 0);
    part.classList.toggle("on-right", part.scrollLeft < rest - 1);
    if (rest > 0 || part.scrollHeight > part.clientHeight) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  };
  const watch = new ResizeObserver((seen) => seen.forEach(({ target }) => look(target)));
  for (const part of document.querySelectorAll("pre, .table-wrapper, div.math")) {
    look(part);
    watch.observe(part);
    part.addEventListener("scroll", () => look(part), { passive: true });
  }

  // A button that has copied keeps the focus.
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".copybtn");
    if (button) setTimeout(() => button.focus());
  });

  // The menus of a narrow window are boxes that are not shown, with labels: their icons become buttons.
  for (const box of document.querySelectorAll(".sidebar-toggle")) {
    const menu = document.querySelector(box.id === "__toc" ? ".toc-drawer" : ".sidebar-drawer");
    const icons = document.querySelectorAll(`.page label[for="${box.id}"] .icon`);
    const shown = (parts) => [...parts].find((part) => part.checkVisibility());
    const tell = () => icons.forEach((icon) => icon.setAttribute("aria-expanded", box.checked));
    tell();
    box.addEventListener("change", tell);
    for (const icon of icons) {
      icon.tabIndex = 0;
      icon.setAttribute("role", "button");
      icon.setAttribute("aria-label", box.getAttribute("aria-label"));
      icon.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        icon.click();
        if (box.checked) requestAnimationFrame(() => shown(menu.querySelectorAll("a[href]"))?.focus());
      });
    }
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !box.checked) return;
      box.checked = false;
      tell();
      shown(icons)?.focus();
    });
  }
})();
