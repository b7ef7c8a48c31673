"use strict";
// The browser's time zone, for the server to show times in.
(() => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const kept = document.cookie.match(/(?:^|; )time_zone=([^;]*)/);
    if (zone && (!kept || decodeURIComponent(kept[1]) !== zone)) {
        const secure = location.protocol === "https:" ? "; Secure" : "";
        document.cookie = `time_zone=${encodeURIComponent(zone)}; Path=/admin/; Max-Age=31536000; SameSite=Lax${secure}`;
    }
})();

// Buttons that copy: data-copy holds the text, data-copy-text means the <pre> beside the button.
(() => {
    const write = async (text) => {
        if (navigator.clipboard) return navigator.clipboard.writeText(text);
        const area = Object.assign(document.createElement("textarea"), {value: text});
        document.body.append(area);
        area.select();
        document.execCommand("copy");
        area.remove();
    };
    document.addEventListener("click", async (event) => {
        const button = event.target.closest("[data-copy], [data-copy-text]");
        if (!button) return;
        event.preventDefault();
        await write(button.dataset.copy ?? button.parentElement.querySelector("pre").innerText);
        button.classList.add("copied");
        setTimeout(() => button.classList.remove("copied"), 1500);
    });
})();

// Links with data-confirm open their question in a dialog; without this script it is a page.
(() => {
    const show = (html) => {
        const dialog = document.createElement("dialog");
        dialog.className = "asking";
        dialog.innerHTML = html;
        dialog.setAttribute("aria-label", dialog.querySelector("h2")?.textContent ?? "");
        document.body.append(dialog);
        dialog.addEventListener("close", () => dialog.remove());
        dialog.addEventListener("click", (event) => {
            if (event.target === dialog || event.target.closest("[data-close]")) {
                event.preventDefault();
                dialog.close();
            }
        });
        dialog.showModal();
    };
    document.addEventListener("click", async (event) => {
        const link = event.target.closest("a[data-confirm]");
        if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        const answer = await fetch(link.href, {headers: {"X-Requested-With": "dialog"}});
        if (answer.ok && !answer.redirected) show(await answer.text());
        else location.assign(link.href);
    });
})();

document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
});
