"use strict";
// Keeps what a session has come to fresh, until it has ended.
(() => {
    const EVERY_MS = 5000;
    const region = document.getElementById("session-live");
    if (!region?.dataset.url) return;
    let shown = "";

    const show = (html) => {
        // Nobody loses the table they have just opened.
        const open = [...region.querySelectorAll("details")].map((one) => one.open);
        region.innerHTML = html;
        region.querySelectorAll("details").forEach((one, index) => { one.open = open[index] ?? false; });
    };
    const refresh = async () => {
        try {
            const answer = await fetch(region.dataset.url, {redirect: "error"});
            if (!answer.ok) return;
            const html = await answer.text();
            if (html !== shown && !region.contains(document.activeElement)) show(shown = html);
        } catch {
            // The portal restarts, or the login ended: what is shown stays until it answers again.
        }
    };
    const forever = async () => {
        if (!document.hidden) await refresh();
        // What else the page says of it is another one now.
        if (region.querySelector("[data-settled]")) return location.reload();
        setTimeout(forever, EVERY_MS);
    };
    setTimeout(forever, EVERY_MS);
})();
