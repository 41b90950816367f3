// The rescue (xuất cứu hộ): for a line that is down for days the staff carries
// what waits on this device to the server, as files or, where nothing can be
// plugged in, as a series of QR codes that any telephone reads. Nothing is
// deleted; what arrives twice is stored once. `hailong answers import` takes both.
(() => {
  "use strict";
  const mostRecords = 500; // in a file

  async function files() {
    const all = await window.hailong.records();
    const day = new Date().toISOString().slice(0, 10);
    for (let i = 0; i < all.length || i === 0; i += mostRecords) {
      const a = document.createElement("a");
      a.href = URL.createObjectURL(new Blob([JSON.stringify(all.slice(i, i + mostRecords))], { type: "application/json" }));
      a.download = "danh-gia-cho-gui-" + day + "-" + (1 + i / mostRecords) + ".json";
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 60000);
    }
  }

  // A QR code of version 20, level L, in alphanumeric mode, after ISO/IEC 18004:
  // one size for all codes of a series, so that a hand-held camera stays where
  // it is. 1,249 characters at most.
  const size = 97, most = 1249;
  const dataWords = 861, checkWords = 28;
  const blocks = [107, 107, 107, 108, 108, 108, 108, 108]; // data words of each
  const mask = (x, y) => (x + y) % 3 === 0;               // number 3
  const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

  // Multiplication in GF(256) modulo x⁸ + x⁴ + x³ + x² + 1.
  const times = (a, b) => {
    let p = 0;
    for (; b > 0; b >>= 1) {
      if (b & 1) p ^= a;
      a = (a << 1) ^ (a & 128 ? 0x11d : 0);
    }
    return p;
  };
  const generator = (() => {
    let g = [1];
    for (let i = 0, root = 1; i < checkWords; i++, root = times(root, 2)) {
      const next = [...g, 0];
      g.forEach((v, j) => { next[j + 1] ^= times(v, root); });
      g = next;
    }
    return g.slice(1);
  })();
  const check = (data) => {
    const rest = new Array(checkWords).fill(0);
    for (const b of data) {
      const f = b ^ rest.shift();
      rest.push(0);
      generator.forEach((v, i) => { rest[i] ^= times(v, f); });
    }
    return rest;
  };

  // words is a text as the code's words: data and check words, interleaved.
  function words(text) {
    const bits = [];
    const add = (value, n) => { while (n-- > 0) bits.push((value >> n) & 1); };
    add(2, 4); // alphanumeric
    add(text.length, 11);
    for (let i = 0; i + 1 < text.length; i += 2) add(45 * alphabet.indexOf(text[i]) + alphabet.indexOf(text[i + 1]), 11);
    if (text.length % 2) add(alphabet.indexOf(text.at(-1)), 6);
    add(0, Math.min(4, 8 * dataWords - bits.length));
    while (bits.length % 8) bits.push(0);
    for (let pad = 0xec; bits.length < 8 * dataWords; pad ^= 0xec ^ 0x11) add(pad, 8);
    const data = [];
    for (let i = 0; i < bits.length; i += 8) data.push(parseInt(bits.slice(i, i + 8).join(""), 2));
    let at = 0;
    const parts = blocks.map((n) => data.slice(at, at += n));
    const checks = parts.map(check);
    const out = [];
    for (let i = 0; i < 108; i++) for (const p of parts) if (i < p.length) out.push(p[i]);
    for (let i = 0; i < checkWords; i++) for (const c of checks) out.push(c[i]);
    return out;
  }

  // code draws a text as rows of dark and light.
  function code(text) {
    if (text.length > most) throw new Error("too long for a code");
    const dark = Array.from({ length: size }, () => new Array(size).fill(null)); // null: for data
    const set = (x, y, v) => { dark[y][x] = v; };
    for (let i = 0; i < size; i++) {
      set(6, i, i % 2 === 0);
      set(i, 6, i % 2 === 0);
    }
    for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
      for (let dy = -4; dy <= 4; dy++) for (let dx = -4; dx <= 4; dx++) {
        const x = cx + dx, y = cy + dy, far = Math.max(Math.abs(dx), Math.abs(dy));
        if (x >= 0 && x < size && y >= 0 && y < size) set(x, y, far !== 2 && far !== 4);
      }
    }
    const centres = [6, 34, 62, 90];
    for (const cx of centres) for (const cy of centres) {
      if ((cx === 6 && cy === 6) || (cx === 6 && cy === 90) || (cx === 90 && cy === 6)) continue;
      for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }
    // Level L is 1, the mask is number 3; then the version: each with its check bits.
    let form = (1 << 3) | 3, rest = form;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    form = ((form << 10) | rest) ^ 0x5412;
    const bit = (v, i) => ((v >> i) & 1) === 1;
    for (let i = 0; i <= 5; i++) set(8, i, bit(form, i));
    set(8, 7, bit(form, 6));
    set(8, 8, bit(form, 7));
    set(7, 8, bit(form, 8));
    for (let i = 9; i < 15; i++) set(14 - i, 8, bit(form, i));
    for (let i = 0; i < 8; i++) set(size - 1 - i, 8, bit(form, i));
    for (let i = 8; i < 15; i++) set(8, size - 15 + i, bit(form, i));
    set(8, size - 8, true);
    let version = 20;
    for (let i = 0; i < 12; i++) version = (version << 1) ^ ((version >> 11) * 0x1f25);
    version |= 20 << 12;
    for (let i = 0; i < 18; i++) {
      const a = size - 11 + (i % 3), b = Math.floor(i / 3);
      set(a, b, bit(version, i));
      set(b, a, bit(version, i));
    }
    // Two columns at a time, up and down in turn, from the right.
    const list = words(text);
    let at = 0;
    for (let right = size - 1; right >= 1; right -= 2) {
      if (right === 6) right = 5;
      for (let step = 0; step < size; step++) for (const x of [right, right - 1]) {
        const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
        if (dark[y][x] !== null) continue;
        const v = at < 8 * list.length && bit(list[at >> 3], 7 - (at & 7));
        set(x, y, v !== mask(x, y));
        at++;
      }
    }
    return dark;
  }

  const path = (rows) => {
    let d = "";
    rows.forEach((row, y) => {
      for (let x = 0; x < size; x++) {
        let n = 0;
        while (row[x + n]) n++;
        if (n > 0) d += "M" + x + " " + y + "h" + n + "v1h-" + n + "z";
        x += n;
      }
    });
    return d;
  };

  const crc = (bytes) => {
    let c = 0xffffffff;
    for (const b of bytes) {
      c ^= b;
      for (let i = 0; i < 8; i++) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
    }
    return (~c >>> 0).toString(16).toUpperCase().padStart(8, "0");
  };
  const base32 = (bytes) => {
    let out = "", value = 0, bits = 0;
    for (const b of bytes) {
      value = ((value << 8) | b) & 0xfff;
      for (bits += 8; bits >= 5; bits -= 5) out += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(value >> (bits - 5)) & 31];
    }
    return bits > 0 ? out + "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[(value << (5 - bits)) & 31] : out;
  };

  // series is what the codes say, one after the other: HL1, the checksum of the
  // whole, number and count of the code, the checksum of its part, the part. The
  // whole is the records' JSON, compressed.
  const part = 760; // bytes in a code
  async function series() {
    const json = new Blob([JSON.stringify(await window.hailong.records())]);
    const whole = new Uint8Array(await new Response(json.stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer());
    const n = Math.ceil(whole.length / part), id = crc(whole);
    return Array.from({ length: n }, (_, i) => {
      const bytes = whole.subarray(i * part, (i + 1) * part);
      return ["HL1", id, i + 1, n, crc(bytes), base32(bytes)].join("/");
    });
  }

  // The codes are shown one after the other until somebody stops them; left
  // alone they go away.
  const turnEvery = 3000, leaveAfter = 600000; // ms
  document.addEventListener("DOMContentLoaded", () => {
    const dialog = document.querySelector("dialog[data-series]");
    document.querySelector("[data-rescue]")?.addEventListener("click", () => files().catch((err) => console.warn("rescue: nothing can be read:", err)));
    if (!dialog) return;
    const button = document.querySelector("[data-rescue-codes]");
    button.hidden = !("CompressionStream" in window);
    let list = [], at = 0, turning = null, leaving = null;
    const turn = (to) => {
      at = (to + list.length) % list.length;
      dialog.querySelector("path").setAttribute("d", path(code(list[at])));
      dialog.querySelector("[data-at]").textContent = at + 1;
      dialog.querySelector("[data-of]").textContent = list.length;
    };
    const play = (on) => {
      clearInterval(turning);
      turning = on ? setInterval(() => turn(at + 1), turnEvery) : null;
      dialog.querySelector('[data-turn="stop"]').hidden = !on;
      dialog.querySelector('[data-turn="play"]').hidden = on;
    };
    button.addEventListener("click", async () => {
      try {
        list = await series();
      } catch (err) {
        console.warn("rescue: nothing can be read:", err);
        return;
      }
      turn(0);
      play(list.length > 1);
      dialog.showModal();
    });
    dialog.addEventListener("click", (e) => {
      clearTimeout(leaving);
      leaving = setTimeout(() => dialog.close(), leaveAfter);
      const what = e.target.closest("[data-turn]")?.dataset.turn;
      if (what === "next" || what === "back") {
        play(false);
        turn(at + (what === "next" ? 1 : -1));
      }
      if (what === "play" || what === "stop") play(what === "play");
      if (what === "close") dialog.close();
    });
    dialog.addEventListener("close", () => {
      clearInterval(turning);
      clearTimeout(leaving);
      list = [];
      dialog.querySelector("path").setAttribute("d", "");
    });
  });
})();
