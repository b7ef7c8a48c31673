// An object in quarantine is checked while it is being corrected; a problem leads to its place in the text.
"use strict";
(() => {
    const PAUSE = 500;

    // Where the value at a dotted path begins and ends in a JSON text; null when it is not there.
    const placeOf = (text, path) => {
        const tokens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)];
        let at = 0;
        const skip = () => {
            const first = tokens[at++][0];
            if (first !== "{" && first !== "[") return;
            for (let depth = 1; depth && at < tokens.length; at++) {
                const token = tokens[at][0];
                if (token === "{" || token === "[") depth++;
                else if (token === "}" || token === "]") depth--;
            }
        };
        const enter = (name) => {
            const opening = tokens[at++]?.[0];
            for (let index = 0; at < tokens.length; index++) {
                const token = tokens[at][0];
                if (token === "}" || token === "]") return false;
                if (opening === "{") {
                    at += 2;
                    if (JSON.parse(token) === name) return true;
                } else if (String(index) === name) return true;
                skip();
                if (tokens[at]?.[0] === ",") at++;
            }
            return false;
        };
        try {
            for (const name of path.split(".")) if (!enter(name)) return null;
            const start = tokens[at].index;
            skip();
            const last = tokens[at - 1];
            return [start, last.index + last[0].length];
        } catch {
            return null;
        }
    };

    const show = (editor, path) => {
        let found = null;
        for (let part = path; part && !found; part = part.split(".").slice(0, -1).join(".")) {
            found = placeOf(editor.value, part);
        }
        if (!found) return;
        editor.focus();
        editor.setSelectionRange(...found);
        const line = editor.value.slice(0, found[0]).split("\n").length - 1;
        const height = editor.scrollHeight / editor.value.split("\n").length;
        editor.scrollTop = Math.max(0, line * height - editor.clientHeight / 3);
    };

    const row = (editor, problem) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        if (problem.path) {
            const code = document.createElement("code");
            code.textContent = problem.path;
            button.append(code, ": ");
        }
        button.append(problem.message);
        button.addEventListener("click", () => show(editor, problem.path));
        item.append(button);
        return item;
    };

    const tell = (editor, place, problems) => {
        const head = document.createElement("p");
        head.className = problems.length ? "is-failed" : "is-done";
        head.textContent = problems.length
            ? "It cannot be taken in like this:"
            : "Nothing is wrong with it: it can be taken in.";
        const list = document.createElement("ul");
        list.className = "problems";
        list.append(...problems.map((problem) => row(editor, problem)));
        place.replaceChildren(head, list);
    };

    const check = async (form, editor, place) => {
        try {
            JSON.parse(editor.value);
        } catch (error) {
            tell(editor, place, [{ path: "", message: error.message }]);
            return;
        }
        const sent = editor.value;
        const response = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) });
        // What was typed meanwhile is checked by itself.
        if (response.ok && editor.value === sent) tell(editor, place, (await response.json()).problems);
    };

    const begin = () => {
        const form = document.querySelector("form[data-check]");
        if (!form) return;
        const editor = form.querySelector("textarea");
        const place = form.querySelector("[data-checked]");
        let waiting = 0;
        const soon = () => {
            clearTimeout(waiting);
            waiting = setTimeout(() => check(form, editor, place).catch(() => {}), PAUSE);
        };
        form.addEventListener("input", soon);
        soon();
    };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
    else begin();
})();
