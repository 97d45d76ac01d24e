// Set-up steps that tick by themselves: asks for their state while the page is visible, and says what changed.
const WORDS = { todo: "To do", current: "Next", done: "Done", failed: "Needs attention" };

function apply(step, { state, note = "" }) {
  const changed = step.dataset.state !== state;
  const sentence = step.querySelector("[data-step-note]");
  if (sentence.textContent !== note) sentence.textContent = note;
  sentence.hidden = !note;
  if (!changed) return "";
  step.dataset.state = state;
  step.querySelector("[data-step-word]").textContent = WORDS[state] ?? state;
  if (state !== "done" && state !== "failed") return "";
  return `${WORDS[state]}: ${step.querySelector(".step-title").textContent}. ${note}`;
}

function watch(list) {
  const said = list.nextElementSibling;
  const every = Number(list.dataset.every) * 1000;

  async function look() {
    if (!document.hidden) {
      const answer = await fetch(list.dataset.steps, { headers: { Accept: "application/json" } }).catch(() => null);
      if (answer && [401, 403, 404].includes(answer.status)) return;
      if (answer?.ok && answer.headers.get("Content-Type")?.includes("json")) {
        const { steps } = await answer.json();
        const news = [...list.querySelectorAll("[data-step]")].filter((step) => steps[step.dataset.step]).map((step) => apply(step, steps[step.dataset.step]));
        const text = news.filter(Boolean).join(" ");
        if (text) said.textContent = text;
      }
    }
    setTimeout(look, every);
  }
  setTimeout(look, every);
}

document.querySelectorAll("[data-steps]").forEach(watch);
