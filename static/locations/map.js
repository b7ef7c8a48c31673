// The map of locations: clusters counted by the server, statuses that follow within two seconds.
"use strict";
(() => {
    const POLL_MS = 2000;
    const GROUPS = ["available", "in_use", "broken", "unknown"];
    const COLOURS = { available: "#22a55b", in_use: "#2f80d8", broken: "#d64545", unknown: "#8a97a3" };

    const text = (tag, content, className = "") => {
        const element = document.createElement(tag);
        element.textContent = content;
        if (className) element.className = className;
        return element;
    };
    const inWords = (marker, labels) => GROUPS.filter((group) => marker[group])
        .map((group) => `${marker[group]} ${labels[group].toLowerCase()}`).join(", ") || "no EVSE";
    const best = (marker) => GROUPS.find((group) => marker[group]) ?? "unknown";
    const keyOf = (marker) => marker.ids?.length === 1 ? `l${marker.ids[0]}` : `${marker.lat}/${marker.lon}/${marker.count}`;
    const looksOf = (marker) => [marker.count, ...GROUPS.map((group) => marker[group])].join();

    const ring = (marker) => {
        const total = GROUPS.reduce((sum, group) => sum + marker[group], 0) || 1;
        let at = 0;
        const parts = GROUPS.filter((group) => marker[group]).map((group) => {
            const from = at;
            at += (100 * marker[group]) / total;
            return `${COLOURS[group]} ${from}% ${at}%`;
        });
        return `conic-gradient(${parts.join(", ") || `${COLOURS.unknown} 0 100%`})`;
    };

    const short = (count) => count < 1000 ? String(count) : `${(count / 1000).toFixed(count < 10000 ? 1 : 0)}k`;

    const icon = (marker) => {
        if (marker.count === 1) {
            const trouble = marker.broken && best(marker) !== "broken" ? " dot-trouble" : "";
            return L.divIcon({ className: "leaflet-div-icon pin", html: `<i class="dot dot-${best(marker)}${trouble}"></i>`, iconSize: [16, 16] });
        }
        const size = Math.round(30 + 7 * Math.log10(marker.count));
        const element = document.createElement("div");
        element.className = "cluster";
        element.style.cssText = `width:${size}px;height:${size}px;background:${ring(marker)}`;
        element.append(text("b", short(marker.count)));
        return L.divIcon({ className: "leaflet-div-icon pin", html: element, iconSize: [size, size] });
    };

    const popup = async (marker, settings) => {
        const box = document.createElement("div");
        box.className = "map-popup";
        const answer = await fetch(`${settings.details}?ids=${marker.ids.join()}`);
        const { locations } = await answer.json();
        box.append(text("b", marker.count === 1 ? "" : `${marker.count} locations`));
        const list = document.createElement("ul");
        for (const location of locations) {
            const item = document.createElement("li");
            const link = text("a", location.name, "text-link");
            link.href = location.url;
            item.append(link, text("small", `${location.address} · ${location.owner}`));
            list.append(item);
        }
        box.append(list, text("small", inWords(marker, settings.labels)));
        return box;
    };

    class LocationMap {
        constructor(element) {
            this.element = element;
            this.settings = JSON.parse(document.getElementById("map-settings").textContent);
            this.filters = document.getElementById("map-filters");
            this.summary = document.getElementById("map-summary");
            this.markers = new Map();
            this.token = "";
            this.map = L.map(element, { zoomSnap: 1, worldCopyJump: true, minZoom: 2, maxZoom: 19, attributionControl: false });
            L.control.attribution({ prefix: false }).addTo(this.map);
            this.layer = L.layerGroup().addTo(this.map);
            this.ground();
            this.look();
            this.map.on("moveend", () => this.refresh(true));
            this.filters?.addEventListener("change", () => { this.remember(); this.refresh(true); });
            this.filters?.addEventListener("submit", (event) => event.preventDefault());
            if ("pick" in element.dataset) this.pick();
            this.refresh(true);
            this.tick();
        }

        ground() {
            if (this.settings.tiles) {
                L.tileLayer(this.settings.tiles, { attribution: this.settings.attribution, maxZoom: 19 }).addTo(this.map);
                return;
            }
            this.map.attributionControl.addAttribution("Outlines: Natural Earth");
            window.mapOutlines(this.map, this.element);
        }

        look() {
            const [west, south, east, north] = this.settings.extent ?? [-10, 36, 25, 60];
            const bounds = L.latLngBounds([south, west], [north, east]);
            const near = west === east && south === north;
            if (near) this.map.setView([south, west], this.settings.tiles ? 15 : 8);
            else this.map.fitBounds(bounds, { padding: [20, 20], maxZoom: 13 });
        }

        query() {
            const bounds = this.map.getBounds().pad(0.1);
            const query = new URLSearchParams({
                west: bounds.getWest().toFixed(6), south: bounds.getSouth().toFixed(6),
                east: bounds.getEast().toFixed(6), north: bounds.getNorth().toFixed(6),
                zoom: this.map.getZoom(),
            });
            if (this.element.dataset.only) query.set("location", this.element.dataset.only);
            if (this.filters) for (const [name, value] of new FormData(this.filters)) if (value) query.set(name, value);
            return query;
        }

        remember() {
            const query = new URLSearchParams([...new FormData(this.filters)].filter(([, value]) => value));
            history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
        }

        async refresh(whole) {
            const round = this.round = (this.round ?? 0) + 1;
            const query = this.query();
            if (!whole && this.token) query.set("token", this.token);
            try {
                const answer = await fetch(`${this.settings.data}?${query}`);
                if (!answer.ok) throw new Error(String(answer.status));
                const found = await answer.json();
                if (round !== this.round) return;
                this.token = found.token;
                this.alive(true);
                if (found.markers) this.show(found.markers);
            } catch {
                if (round === this.round) this.alive(false);
            }
        }

        tick() {
            setTimeout(async () => {
                if (!document.hidden) await this.refresh(false);
                this.tick();
            }, POLL_MS);
        }

        alive(yes) {
            if (!this.summary) return;
            this.summary.parentElement.classList.toggle("is-lost", !yes);
            if (!yes) this.summary.textContent = "No connection to the portal; trying again.";
        }

        show(found) {
            const wanted = new Map(found.map((marker) => [keyOf(marker), marker]));
            for (const [key, shown] of this.markers) {
                if (!wanted.has(key)) { shown.leaflet.remove(); this.markers.delete(key); }
            }
            for (const [key, marker] of wanted) this.put(key, marker);
            this.tell(found);
        }

        put(key, marker) {
            const shown = this.markers.get(key);
            const title = `${marker.count === 1 ? "1 location" : `${marker.count} locations`}: ${inWords(marker, this.settings.labels)}`;
            if (shown) {
                const changed = looksOf(shown.marker) !== looksOf(marker);
                shown.marker = marker;
                if (!changed) return;
                shown.leaflet.setIcon(icon(marker));
                shown.leaflet.options.title = title;
                shown.leaflet.getElement()?.setAttribute("title", title);
                return;
            }
            const leaflet = L.marker([marker.lat, marker.lon], { icon: icon(marker), title, alt: title, keyboard: true });
            this.markers.set(key, { leaflet, marker });
            leaflet.on("click keypress", () => this.open(key));
            this.layer.addLayer(leaflet);
            leaflet.getElement()?.setAttribute("data-status", best(marker));
        }

        async open(key) {
            const { leaflet, marker } = this.markers.get(key);
            const closer = this.map.getZoom() < 15 && marker.count > 1;
            if (closer) {
                this.map.setView(leaflet.getLatLng(), Math.min(this.map.getZoom() + 2, 19));
            } else if (marker.ids) {
                const box = await popup(marker, this.settings);
                leaflet.unbindPopup().bindPopup(box, { maxWidth: 320 }).openPopup();
            }
        }

        tell(found) {
            if (!this.summary) return;
            const sum = { count: 0 };
            for (const marker of found) {
                sum.count += marker.count;
                for (const group of GROUPS) sum[group] = (sum[group] ?? 0) + marker[group];
            }
            const number = (value) => value.toLocaleString("en-GB").replaceAll(",", "\u202f");
            const words = GROUPS.filter((group) => sum[group]).map((group) => `${number(sum[group])} ${this.settings.labels[group].toLowerCase()}`);
            this.summary.textContent = `${number(sum.count)} ${sum.count === 1 ? "location" : "locations"} in view${words.length ? `: ${words.join(", ")}` : ""}`;
        }

        pick() {
            const latitude = document.querySelector("[data-latitude]"), longitude = document.querySelector("[data-longitude]");
            let pin = null;
            const place = (at) => {
                pin ??= L.circleMarker(at, { radius: 9, color: "#fff", weight: 3, fillColor: "#0b7a94", fillOpacity: 1 }).addTo(this.map);
                pin.setLatLng(at);
            };
            const read = () => {
                const at = [Number(latitude.value), Number(longitude.value)];
                if (latitude.value && longitude.value && at.every(Number.isFinite)) place(at);
            };
            this.map.on("click", (event) => {
                const at = event.latlng.wrap();
                latitude.value = at.lat.toFixed(6);
                longitude.value = at.lng.toFixed(6);
                place(at);
            });
            latitude.addEventListener("input", read);
            longitude.addEventListener("input", read);
            read();
        }
    }

    const element = document.getElementById("map");
    if (element) window.locationMap = new LocationMap(element);
})();
