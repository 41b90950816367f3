// Keeps what was chosen and written on this phone until it is sent.
(({ draft, sent }) => {
  const prefix = "draft:", key = prefix + draft, form = document.forms[0];
  try {
    for (const k of Object.keys(localStorage)) {
      const old = k.startsWith(prefix) && !(Date.now() - parseInt(localStorage[k]) < 6048e5);
      if (old || k == key && sent != null) localStorage.removeItem(k);
    }
    if (sent != null) return;
    form.addEventListener("input", () => {
      const given = [...new FormData(form)].filter(([name, value]) => value && name != "lang");
      try { localStorage[key] = Date.now() + " " + JSON.stringify(given); } catch {}
    });
    const kept = localStorage[key];
    if (!kept || document.querySelector(".notice")) return;
    for (const [name, value] of JSON.parse(kept.slice(kept.indexOf(" ")))) for (const e of form.elements) {
      if (e.name != name) continue;
      if (e.type == "textarea") e.value = value;
      else if (e.value == value) { e.checked = true; e.closest("details")?.setAttribute("open", ""); }
    }
  } catch {}
})(document.currentScript.dataset);
