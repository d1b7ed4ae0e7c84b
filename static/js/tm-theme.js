/** The reader's choice of light or dark; kept in a cookie so that the next page is drawn right at once. */
class TmTheme extends HTMLElement {
  connectedCallback() {
    this.hidden = false;
    this.mark(document.documentElement.dataset.theme || "");
    this.addEventListener("click", this);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this);
  }

  handleEvent(event) {
    const button = event.target.closest("button[data-value]");
    if (!button) return;
    const value = button.dataset.value;
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
    const secure = location.protocol === "https:" ? "; secure" : "";
    const age = value ? 31536000 : 0;
    document.cookie = `theme=${value}; path=/; max-age=${age}; samesite=lax${secure}`;
    this.mark(value);
  }

  mark(value) {
    for (const button of this.querySelectorAll("button[data-value]")) {
      button.setAttribute("aria-pressed", String(button.dataset.value === value));
    }
  }
}

customElements.define("tm-theme", TmTheme);
