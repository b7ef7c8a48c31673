// Traffic pages: jobs that follow themselves, and countdowns.
"use strict";
(() => {
    const words = (seconds) => {
        const length = Math.abs(seconds);
        if (length < 60) return `${Math.round(length)} s`;
        if (length < 3600) return `${Math.floor(length / 60)} min`;
        return `${Math.floor(length / 3600)} h`;
    };

    const countdowns = () => {
        for (const element of document.querySelectorAll("[data-countdown]")) {
            const seconds = (new Date(element.dataset.countdown) - Date.now()) / 1000;
            element.textContent = seconds > 1 ? `in ${words(seconds)}` : "now";
        }
    };

    const showCounts = (page, counts) => {
        for (const element of page.querySelectorAll("[data-count]")) {
            element.textContent = Number(counts[element.dataset.count]).toLocaleString("en-GB").replaceAll(",", "\u202f");
        }
    };

    const show = (page, job) => {
        showCounts(page, job.counts);
        page.querySelector("[data-job-badge]").innerHTML = job.badge;
        page.querySelector("[data-job-done]").textContent = job.done;
        page.querySelector("[data-job-took]").textContent = job.took;
        page.querySelector("[data-job-message]").textContent = job.message;
        for (const name of ["now", "speed"]) {
            const chip = page.querySelector(`[data-job-${name}]`);
            chip.textContent = job[name];
            chip.hidden = !job[name];
        }
        const bar = page.querySelector("[role=progressbar]");
        bar.classList.toggle("progress-unknown", job.moving && job.percent === null);
        if (job.percent !== null) {
            bar.setAttribute("aria-valuenow", job.percent);
            page.querySelector("[data-job-bar]").style.width = `${job.percent}%`;
        }
    };

    const follow = async (page) => {
        try {
            const response = await fetch(page.dataset.job, { headers: { Accept: "application/json" } });
            if (response.ok) {
                const job = await response.json();
                show(page, job);
                // Another state has other buttons, and what was read is in the table.
                if (job.state !== page.dataset.state) return location.reload();
                if (!job.running) return;
            }
        } catch { /* the next round tries again */ }
        setTimeout(follow, 2000, page);
    };

    const begin = () => {
        countdowns();
        setInterval(countdowns, 1000);
        const page = document.querySelector("[data-job]");
        if (page) {
            showCounts(page, JSON.parse(document.getElementById("job-counts").textContent));
            if ("running" in page.dataset) setTimeout(follow, 1000, page);
        }
    };
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
    else begin();
})();
