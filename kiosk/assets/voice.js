// Reading aloud, with a voice that this device has of its own: what is read
// over the network would leave the house. Where there is none for a language,
// data-voice does not name it and the page offers nothing.
(() => {
  "use strict";
  const speech = window.speechSynthesis;
  const root = document.documentElement;
  const voiceOf = (lang) => (speech?.getVoices() ?? []).find((v) => v.localService && v.lang.slice(0, 2).toLowerCase() === lang);
  const offer = () => { root.dataset.voice = ["vi", "en"].filter(voiceOf).join(" "); };
  offer();
  speech?.addEventListener?.("voiceschanged", offer);

  // say reads what can be seen of an element, and nothing where there is none.
  // A receipt is not for the next in line.
  window.hailong.say = (el) => {
    speech?.cancel();
    const voice = voiceOf(root.lang);
    if (!el || !voice) return;
    const parts = [...el.querySelectorAll("h2, p:not(.receipt, .written), .word, .chip, .message button")].filter((e) => e.offsetParent !== null);
    const u = new SpeechSynthesisUtterance(parts.map((e) => e.innerText.trim().replace(/\s+/g, " ")).filter(Boolean).join("\n"));
    u.voice = voice;
    u.lang = voice.lang;
    u.rate = 0.9;
    speech.speak(u);
  };
})();
