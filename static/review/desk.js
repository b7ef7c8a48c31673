"use strict";
// The desk without a mouse. Keys move, open, and open questions; none of them decides.
(() => {
    const list = document.getElementById("desk-list");
    const rows = () => [...document.querySelectorAll("#result_list a[data-review]")];
    const say = (words) => {
        const status = document.getElementById("desk-said");
        if (!status) return;
        status.textContent = "";
        requestAnimationFrame(() => { status.textContent = words; });
    };
    const isTyping = (place) =>
        place.isContentEditable || place.closest?.("textarea, select, [role=combobox], input:not([type=checkbox])");

    let last = -1;
    const place = () => {
        const found = rows().indexOf(document.activeElement);
        return found < 0 ? last : found;
    };
    const move = (by) => {
        const all = rows();
        if (!all.length) return say("Nothing to show");
        const to = Math.max(0, place() + by);
        if (to >= all.length) return say("This is the last one of the page");
        last = to;
        all[to].focus();
        all[to].scrollIntoView({block: "nearest"});
        say(`${all[to].dataset.said}. ${to + 1} of ${all.length} on this page`);
    };
    const about = (link) => {
        const row = rows()[place()];
        if (!row) return say("Choose a CDR first, with j or k");
        const to = new URL(link.href);
        to.searchParams.set("ids", row.dataset.review);
        const asking = link.cloneNode();
        asking.href = to;
        asking.hidden = true;
        list.append(asking);
        asking.click();
        asking.remove();
    };
    const showKeys = () => document.getElementById("desk-keys")?.showModal();

    document.addEventListener("click", (event) => {
        if (event.target.closest("[data-keys]")) showKeys();
        for (const menu of document.querySelectorAll("details.menu[open]")) {
            if (!menu.contains(event.target) || event.target.closest(".menu-items a")) menu.open = false;
        }
    });
    document.addEventListener("keydown", (event) => {
        if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Escape") {
            const open = document.querySelector("details.menu[open]");
            if (open) { open.open = false; open.querySelector("summary").focus(); }
            return;
        }
        if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
        if (event.key === "?") { event.preventDefault(); return showKeys(); }
        if (list && (event.key === "j" || event.key === "k")) {
            event.preventDefault();
            return move(event.key === "j" ? 1 : -1);
        }
        const link = [...document.querySelectorAll("a[data-key]")].find((one) => one.dataset.key === event.key);
        if (link) {
            event.preventDefault();
            if (list?.contains(link)) about(link);
            else link.click();
        } else if (event.key === "j" || event.key === "k") say("There is none");
    });
    if (location.hash === "#searchbar") document.getElementById("searchbar")?.focus();
})();
