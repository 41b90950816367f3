// The kiosk's service worker: after one visit the kiosk starts with no network.
// The server puts two constants before this text: version, which changes with
// every file and with this device's page, and files, the addresses to keep.
// Where files is empty the device is not a kiosk any more and nothing is kept.
"use strict";
const prefix = "hailong-kiosk-";
const mine = prefix + version;
const shell = "/kiosk";

// A version proves itself: its page says "well" once the machine is in charge.
// Until then the last one that did is kept, and where the page says "broken",
// or nothing in time, that one is shown again. These two are marks in a
// version's cache, no pages.
const well = "/kiosk/well", broken = "/kiosk/broken";
const proof = 30000; // ms
const marked = async (name, mark) => (await (await caches.open(name)).match(mark)) !== undefined;
const put = async (mark) => {
  await (await caches.open(mine)).put(mark, new Response(""));
  for (const end of waits.splice(0)) end();
};
const waits = []; // ends of waits for a mark: no version takes over while one lasts

async function others() {
  return (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== mine);
}
async function lastGood() {
  for (const name of await others()) if (await marked(name, well)) return name;
  return null;
}
// chosen is the version that is shown.
async function chosen() {
  return (await marked(mine, broken)) ? (await lastGood()) ?? mine : mine;
}

// Everything of one version is here, or the version before stays.
self.addEventListener("install", (e) => e.waitUntil((async () => {
  if (files.length === 0) return;
  const cache = await caches.open(mine);
  await Promise.all([shell, ...files].map(async (url) => {
    const r = await fetch(url, { credentials: "same-origin", cache: url === shell ? "no-store" : "default" });
    if (!r.ok || r.redirected) throw new Error(url + ": " + r.status);
    await cache.put(url, r);
  }));
})()));

self.addEventListener("activate", (e) => e.waitUntil((async () => {
  for (const name of await others()) {
    if (files.length === 0 || !(await marked(name, well))) await caches.delete(name);
  }
  if (files.length === 0) await self.registration.unregister();
})()));

// back shows the last good version, if there is one. A page that can speak goes
// when nobody is in front of it; one that cannot is no use to anybody.
const speaking = new Set();
async function back() {
  if (await marked(mine, well) || await marked(mine, broken) || (await lastGood()) === null) return;
  await put(broken);
  for (const page of await self.clients.matchAll({ type: "window" })) {
    if (speaking.has(page.id)) page.postMessage("go back");
    else if (new URL(page.url).pathname === shell) await page.navigate(page.url).catch(() => {});
  }
}

self.addEventListener("message", (e) => {
  if (e.source) speaking.add(e.source.id);
  if (e.data === "take over") self.skipWaiting(); // nobody is in front of the page
  if (e.data === "broken") e.waitUntil(back());
  if (e.data === "well") e.waitUntil((async () => {
    if ((await chosen()) !== mine) return; // it is the last good one that is well
    await put(well);
    for (const name of await others()) await caches.delete(name);
  })());
});

self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== self.location.origin || files.length === 0) return;
  if (url.pathname === shell) {
    // The page and its files are of one version: the copy comes first. In
    // another language it is the server's, and the copy where there is no line.
    const shown = (async () => {
      const name = await chosen();
      const kept = await (await caches.open(name)).match(shell, { ignoreVary: true });
      if (kept && url.search === "") return { kept, name };
      try {
        return { kept: await fetch(e.request) };
      } catch (err) {
        if (kept) return { kept, name };
        throw err;
      }
    })();
    e.respondWith(shown.then((s) => s.kept));
    e.waitUntil(shown.then(async ({ name }) => {
      if (name !== mine || await marked(mine, well)) return;
      await new Promise((r) => {
        waits.push(r);
        setTimeout(r, proof);
      });
      await back();
    }, () => {}));
  } else if (files.includes(url.pathname) || url.pathname.startsWith("/kiosk/")) {
    // Under one address there is one content, whatever the version.
    e.respondWith((async () => (await caches.match(url.pathname, { ignoreVary: true })) ?? fetch(e.request))());
  }
});
