// Filters for the questions of a file, and clips that play. Without this script all questions and frames are shown.
"use strict";
(() => {
  const form = document.querySelector("form[data-filters]");
  const questions = [...document.querySelectorAll("article.question")];
  const groups = [...document.querySelectorAll("section.group")];
  const names = ["outcome", "agreement", "type", "modality"].filter((name) => form.elements[name]);

  const filter = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    let shown = 0;
    for (const question of questions) {
      const fits = names.every((n) => !form.elements[n].value || question.dataset[n] === form.elements[n].value);
      question.hidden = !(fits && (!text || question.textContent.toLowerCase().includes(text)));
      shown += !question.hidden;
    }
    for (const group of groups) group.hidden = !group.querySelector("article.question:not([hidden])");
    form.querySelector("output").textContent = `${shown} of ${questions.length} questions`;
  };

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter();

  // A clip: the frames in turn, in one place, by hand or by themselves.
  for (const clip of document.querySelectorAll("[data-clip]")) {
    const frames = [...clip.querySelectorAll("img")];
    if (frames.length < 2) continue;
    const [stage, slider, button] = ["img", "input", "button"].map((name) => document.createElement(name));
    const [view, controls] = [document.createElement("div"), document.createElement("div")];
    let timer = null;
    const show = (number) => {
      slider.value = number;
      stage.src = frames[number].src;
      stage.alt = frames[number].alt;
    };
    const stop = () => {
      clearInterval(timer);
      timer = null;
      button.textContent = "Play";
    };
    Object.assign(slider, { type: "range", min: 0, max: frames.length - 1, ariaLabel: "frame" });
    Object.assign(button, { type: "button", textContent: "Play" });
    view.className = "stage";
    slider.addEventListener("input", () => show(Number(slider.value)));
    button.addEventListener("click", () => {
      if (timer !== null) return stop();
      button.textContent = "Stop";
      timer = setInterval(() => show((Number(slider.value) + 1) % frames.length), 180);
    });
    for (const [number, frame] of frames.entries()) frame.addEventListener("click", () => (stop(), show(number)));
    controls.append(button, slider);
    view.append(stage, controls);
    clip.prepend(view);
    show(0);
  }
})();
