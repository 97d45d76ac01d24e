// Copy buttons: copies the field's value, says "Copied" on the button and to screen readers.
const SAID_FOR = 2000;

async function copy(input) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(input.value);
    return true;
  }
  input.select();
  return document.execCommand("copy");
}

async function onClick(box, button) {
  const input = box.querySelector("input, textarea");
  const copied = await copy(input).catch(() => false);
  const word = box.querySelector("[data-copy-word]");
  if (!copied) input.select();
  word.textContent = copied ? "Copied" : "Press Ctrl+C";
  box.querySelector("[data-copy-said]").textContent = copied ? "Copied" : "Copying was refused. The value is selected: press Ctrl+C.";
  button.toggleAttribute("data-copied", copied);
  clearTimeout(box.copyTimer);
  box.copyTimer = setTimeout(() => {
    word.textContent = "Copy";
    box.querySelector("[data-copy-said]").textContent = "";
    button.removeAttribute("data-copied");
  }, SAID_FOR);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest(".copy-button");
  if (button) onClick(button.closest("[data-copy]"), button);
});
