// The countries under the map, from files of our own: coarse ones first, fine ones where somebody looks closely.
"use strict";
window.mapOutlines = (() => {
    const FINE_FROM_ZOOM = 7;
    const dark = () => document.documentElement.classList.contains("dark");
    const style = () => dark()
        ? { color: "#41545f", weight: 1, fillColor: "#24343d", fillOpacity: 1 }
        : { color: "#b4c1c9", weight: 1, fillColor: "#f7f6f2", fillOpacity: 1 };

    const boxOf = (topology, geometry) => {
        const box = [Infinity, Infinity, -Infinity, -Infinity];
        const { scale, translate } = topology.transform;
        const walk = (arcs) => {
            for (const arc of arcs) {
                if (Array.isArray(arc)) { walk(arc); continue; }
                let x = 0, y = 0;
                for (const [dx, dy] of topology.arcs[arc < 0 ? ~arc : arc]) {
                    x += dx; y += dy;
                    const east = x * scale[0] + translate[0], north = y * scale[1] + translate[1];
                    box[0] = Math.min(box[0], east); box[1] = Math.min(box[1], north);
                    box[2] = Math.max(box[2], east); box[3] = Math.max(box[3], north);
                }
            }
        };
        walk(geometry.arcs ?? []);
        return L.latLngBounds([box[1], box[0]], [box[3], box[2]]);
    };

    const load = async (url) => (await fetch(url)).json();

    return (map, element) => {
        const pane = map.createPane("outlines");
        pane.style.zIndex = 150;
        const renderer = L.canvas({ pane: "outlines", padding: 0.5 });
        const options = { pane: "outlines", renderer, interactive: false, style };
        let coarse = null, fine = null;
        const drawn = new Set();
        const details = L.layerGroup();

        const drawFine = () => {
            const view = map.getBounds().pad(0.3);
            for (const country of fine.countries) {
                if (drawn.has(country) || !country.box.intersects(view)) continue;
                drawn.add(country);
                details.addLayer(L.geoJSON(topojson.feature(fine.topology, country.geometry), options));
            }
        };

        const choose = async () => {
            const close = map.getZoom() >= FINE_FROM_ZOOM;
            if (close && fine === null) {
                fine = { countries: [] };
                const topology = await load(element.dataset.fineOutlines);
                const geometries = topology.objects.countries.geometries;
                fine = { topology, countries: geometries.map((geometry) => ({ geometry, box: boxOf(topology, geometry) })) };
            }
            const showFine = close && fine?.countries.length > 0;
            if (showFine) {
                drawFine();
                details.addTo(map);
                coarse?.remove();
            } else {
                details.remove();
                coarse?.addTo(map);
            }
        };

        load(element.dataset.outlines).then((topology) => {
            coarse = L.geoJSON(topojson.feature(topology, topology.objects.countries), options);
            choose();
            map.on("moveend", choose);
        }).catch(() => { /* without outlines the map still works */ });
        new MutationObserver(() => {
            coarse?.setStyle(style());
            details.eachLayer((layer) => layer.setStyle(style()));
        }).observe(document.documentElement, { attributeFilter: ["class"] });
    };
})();
