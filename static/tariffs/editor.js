"use strict";
// The tariff editor without reloading: its buttons work without this too. What comes back is the same page.
(() => {
    const form = document.querySelector("[data-editor]");
    if (!form) return;
    let waiting = 0;
    let latest = 0;

    const send = async (name, value, parts) => {
        const turn = ++latest;
        const data = new FormData(form);
        data.set(name, value);
        form.classList.add("editor-busy");
        const answer = await fetch(form.action, {method: "POST", body: data});
        if (turn !== latest) return;
        form.classList.remove("editor-busy");
        if (!answer.ok || answer.redirected) return form.submit();
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of parts) form.querySelector(part)?.replaceWith(page.querySelector(part));
    };

    form.addEventListener("click", (event) => {
        const button = event.target.closest("button[name]");
        if (!button || button.disabled || button.name === "save") return;
        event.preventDefault();
        clearTimeout(waiting);
        send(button.name, button.value, ["[data-editor-form]", "[data-editor-preview]"]);
    });

    // While somebody types the table follows; mistakes show when a button is pressed.
    form.addEventListener("input", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => send("look", "quietly", ["[data-editor-preview]"]), 600);
    });
})();
