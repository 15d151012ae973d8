// SPDX-License-Identifier: GPL-2.0
// Shows the findings in #data, filtered. All text goes into the page as text,
// never as HTML. The filter is kept behind the # of the address, to be shared.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const form = document.getElementById("filter");
const CONFIDENCES = { high: "●●●", moderate: "●●○", low: "●○○" };
const number = new Intl.NumberFormat("en");

// make("p", { className: "x" }, "text", child): an element with what is in it.
function make(tag, properties, ...children) {
	const element = Object.assign(document.createElement(tag), properties);

	element.append(...children);
	return element;
}

function hue(element, verdict) {
	element.style.setProperty("--hue", `var(--${verdict})`);
	return element;
}

// The lines around the mapping, its own marked.
function excerpt(site) {
	if (!site.source)
		return make("p", {}, "The source has changed since the scan, or cannot be read.");

	const pre = make("pre", { tabIndex: 0, ariaLabel: `Source of ${site.file}`, role: "region" });

	pre.style.setProperty("--before", site.source.first - 1);
	site.source.text.split("\n").forEach((line, i) =>
		pre.append(make(site.source.first + i === site.line ? "mark" : "code", {}, `${line}\n`)));
	return pre;
}

// Places of the evidence, "file:line function", each with what stands there.
function places(site, list) {
	return make("ul", {}, ...list.map((place) => {
		const at = place.slice(0, place.lastIndexOf(" "));
		const item = make("li", {}, make("span", { className: "mono" }, at),
			` in ${place.slice(at.length + 1)}()`);

		if (site.lines[at])
			item.append(make("code", {}, site.lines[at].trim()));
		return item;
	}));
}

function body(site) {
	const facts = [
		["Reason", site.reason],
		["Fix", site.fix],
		["Kept as", site.object && make("code", {}, site.object)],
		["Attributes", site.map_attrs && make("code", {}, site.map_attrs)],
		["Unmapped", site.unmap.length ? places(site, site.unmap) : "no unmap is known"],
		["Synced", site.sync.length ? places(site, site.sync) : "no sync is known"],
	];
	const list = make("dl");

	for (const [name, value] of facts)
		if (value)
			list.append(make("dt", {}, name), make("dd", {}, value));
	list.append(make("dt", {}, "Link"), make("dd", {}, make("a",
		{ href: `#${new URLSearchParams({ site: `${site.file}:${site.line}` })}` },
		"to this mapping")));
	return make("div", { className: "body" }, list, excerpt(site));
}

function row(site) {
	const details = hue(make("details", {}, make("summary", {},
		make("span", { className: "place mono" }, `${site.file}:${site.line}`),
		make("span", { className: "verdict" }, site.verdict),
		make("span", { className: "how mono" }, `${site.api}() in ${site.function}()`,
			site.object ? ` · ${site.object}` : ""),
		make("span", { className: "sure" },
			make("span", { ariaHidden: "true" }, `${CONFIDENCES[site.confidence]} `),
			`${site.confidence} confidence`))), site.verdict);

	details.addEventListener("toggle", () => {
		if (details.open && details.childElementCount === 1)
			details.append(body(site));
	});
	return details;
}

function choice(name, value, title, ...before) {
	const output = make("output");
	const label = make("label", { className: "choice", title },
		make("input", { type: "checkbox", name, value }), ...before, value, output);

	document.getElementById(name).append(label);
	return { value, output };
}

// The page as it stands with nothing filtered.
const sites = data.sites.map((site) => ({
	site,
	row: row(site),
	text: [site.file, site.line, site.function, site.api, site.verdict, site.object, site.map_attrs,
		site.reason, site.fix, ...site.unmap, ...site.sync].join(" ").toLowerCase(),
}));
const sections = [...new Set(data.sites.map((site) => site.subsystem))].map((name) => {
	const own = sites.filter(({ site }) => site.subsystem === name);
	const count = make("small");
	const option = make("option", { value: name });

	form.elements.subsystem.append(option);
	return { name, own, count, option,
		section: make("section", {}, make("h2", {}, `${name} `, count), ...own.map(({ row }) => row)) };
});
const choices = {
	verdict: data.verdicts.map(({ name, meaning }) => choice("verdict", name, meaning,
		hue(make("span", { className: "dot" }), name))),
	confidence: Object.keys(CONFIDENCES).map((name) => choice("confidence", name, "")),
};
const stretches = data.verdicts.map(({ name }) => hue(make("i"), name));

function checked(name) {
	return [...form.querySelectorAll(`[name=${name}]:checked`)].map((input) => input.value);
}

function current() {
	return {
		text: form.elements.text.value.trim(),
		subsystem: form.elements.subsystem.value,
		verdict: checked("verdict"),
		confidence: checked("confidence"),
	};
}

// What each part of the filter lets through; a part with nothing chosen, all.
function matches(filter) {
	const words = filter.text.toLowerCase().split(/\s+/);
	const among = (list, value) => !list.length || list.includes(value);

	return sites.map((entry) => ({
		...entry,
		text: words.every((word) => entry.text.includes(word)),
		subsystem: !filter.subsystem || entry.site.subsystem === filter.subsystem,
		verdict: among(filter.verdict, entry.site.verdict),
		confidence: among(filter.confidence, entry.site.confidence),
	}));
}

// How many would be shown for each value of one part, with the others as they are.
function tally(found, part) {
	const others = ["text", "subsystem", "verdict", "confidence"].filter((name) => name !== part);
	const counts = new Map();

	for (const entry of found)
		if (others.every((name) => entry[name]))
			counts.set(entry.site[part], (counts.get(entry.site[part]) || 0) + 1);
	return (value) => counts.get(value) || 0;
}

function show() {
	const found = matches(current());
	const count = { verdict: tally(found, "verdict"), confidence: tally(found, "confidence"),
		subsystem: tally(found, "subsystem") };
	let shown = 0;

	for (const { row, text, subsystem, verdict, confidence } of found) {
		row.hidden = !(text && subsystem && verdict && confidence);
		shown += !row.hidden;
	}
	for (const { name, own, count: small, section, option } of sections) {
		const here = own.filter(({ row }) => !row.hidden).length;

		section.hidden = !here;
		small.textContent = number.format(here);
		option.textContent = `${name} (${number.format(count.subsystem(name))})`;
	}
	for (const [part, list] of Object.entries(choices))
		for (const { value, output } of list)
			output.textContent = number.format(count[part](value));
	data.verdicts.forEach(({ name }, i) => {
		stretches[i].style.flexGrow = count.verdict(name);
		stretches[i].hidden = !count.verdict(name);
	});
	document.getElementById("count").textContent =
		`${number.format(shown)} of ${number.format(sites.length)} mappings`;
}

// The filter to the address, and back.
function remember() {
	const filter = new URLSearchParams();

	for (const [name, value] of Object.entries(current()))
		if (value.length)
			filter.set(name, value);
	history.replaceState(null, "", `#${filter}`);
}

function recall() {
	const filter = new URLSearchParams(location.hash.slice(1));
	const listed = (name) => (filter.get(name) || "").split(",");
	const wanted = filter.get("site");

	form.elements.text.value = filter.get("text") || "";
	form.elements.subsystem.value = filter.get("subsystem") || "";
	for (const input of form.querySelectorAll("[type=checkbox]"))
		input.checked = listed(input.name).includes(input.value);
	show();
	for (const { site, row } of sites) {
		if (`${site.file}:${site.line}` === wanted) {
			row.open = true;
			row.scrollIntoView();
		}
	}
}

// Files and functions that spatch could not read.
function unparsed() {
	const list = data.unparsed.map(({ file, reason, calls }) => make("li", {},
		make("span", { className: "mono" }, calls.length ? `${file}:${calls[0].line}` : file),
		`: ${reason}`));

	return make("details", { id: "unparsed", hidden: !list.length },
		make("summary", {}, `Not parsed: ${number.format(list.length)}`), make("ul", {}, ...list));
}

document.getElementById("tree").textContent = [data.tree, data.only].filter(Boolean).join(", ");
document.title = `DMA audit of ${data.tree}`;
document.getElementById("bar").append(...stretches);
document.getElementById("findings").append(...sections.map(({ section }) => section), unparsed());
form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", () => {
	show();
	remember();
});
form.querySelector("button").addEventListener("click", () => {
	form.reset();
	show();
	remember();
});
window.addEventListener("hashchange", recall);
recall();
