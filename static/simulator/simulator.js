"use strict";
// Keeps the upper part of the page fresh, and shows on the switches what is on.
(() => {
    const EVERY_MS = 2000;
    const region = document.getElementById("simulator-live");
    if (!region) return;

    const press = (name, value) => {
        for (const button of document.querySelectorAll(`[data-switches="${name}"] button`)) {
            button.setAttribute("aria-pressed", String(button.value === value));
        }
    };
    const show = (html) => {
        // Nobody loses the button they are just about to press.
        if (html === region.dataset.shown || region.contains(document.activeElement)) return;
        region.innerHTML = html;
        region.dataset.shown = html;
        const live = region.querySelector("[data-live]");
        press("fault", live?.dataset.fault);
        press("rate", live?.dataset.rate);
        press("version", live?.dataset.version);
    };
    const refresh = async () => {
        try {
            const answer = await fetch(region.dataset.url, {redirect: "error"});
            if (answer.ok) show(await answer.text());
        } catch {
            // The portal restarts, or the login ended: what is shown stays until it answers again.
        }
    };
    const forever = async () => {
        if (!document.hidden) await refresh();
        setTimeout(forever, EVERY_MS);
    };
    setTimeout(forever, EVERY_MS);
})();
