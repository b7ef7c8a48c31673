// A page that shows something under way brings itself up to date every two seconds until that has ended.
"use strict";
(() => {
    const SECONDS = 2;
    const refresh = async () => {
        const shown = document.querySelector("[data-live-on]");
        if (!shown) return;
        try {
            const response = await fetch(location.href, { headers: { Accept: "text/html" } });
            if (response.ok) {
                const page = new DOMParser().parseFromString(await response.text(), "text/html");
                const now = page.querySelector("[data-live]");
                // Whoever is in a dialog, or has unfolded something, is not disturbed.
                if (now && !document.querySelector("dialog[open]") && !shown.querySelector("details[open]")) shown.replaceWith(now);
            }
        } catch { /* the next round tries again */ }
        setTimeout(refresh, SECONDS * 1000);
    };
    setTimeout(refresh, SECONDS * 1000);
})();
