// The kiosk's service worker: after one visit the kiosk starts with no network.
// The server puts two constants before this text: version, which changes with
// every file and with this device's page, and files, the addresses to keep.
// Where files is empty the device is not a kiosk any more and nothing is kept.
"use strict";
const prefix = "hailong-kiosk-";
const mine = prefix + version;
const shell = "/kiosk";

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
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix) && name !== mine) await caches.delete(name);
  }
  if (files.length === 0) await self.registration.unregister();
})()));

// The page says when nobody is in front of it.
self.addEventListener("message", (e) => { if (e.data === "take over") self.skipWaiting(); });

self.addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== self.location.origin || files.length === 0) return;
  if (url.pathname === shell) {
    // The page and its files are of one version: the copy comes first. In
    // another language it is the server's, and the copy where there is no line.
    e.respondWith((async () => {
      const kept = await (await caches.open(mine)).match(shell, { ignoreVary: true });
      if (kept && url.search === "") return kept;
      try {
        return await fetch(e.request);
      } catch (err) {
        if (kept) return kept;
        throw err;
      }
    })());
  } else if (files.includes(url.pathname)) {
    e.respondWith((async () => (await (await caches.open(mine)).match(url.pathname, { ignoreVary: true })) ?? fetch(e.request))());
  }
});
