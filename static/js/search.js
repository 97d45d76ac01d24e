// Search as one types: asks for the same page and swaps its results region; the address follows, so a reload shows the same.
const PAUSE = 250;

// What was chosen before this script had arrived, or kept by a browser that reloads, is not what the page shows.
function differs(form) {
  const shown = form.cloneNode(true);
  shown.reset();
  const [now, then] = [form, shown].map((each) => new URLSearchParams(new FormData(each)).toString());
  return now !== then;
}

function watch(form) {
  const said = form.querySelector("[data-search-said]");
  let timer = 0;
  let asked = 0;

  async function search() {
    const mine = (asked += 1);
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
    const url = `${form.action.split("?")[0]}${query.size ? `?${query}` : ""}`;
    const answer = await fetch(url, { headers: { Accept: "text/html" } }).catch(() => null);
    if (mine !== asked) return;
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const fresh = page?.getElementById(form.dataset.search);
    const old = document.getElementById(form.dataset.search);
    if (mine !== asked || !old) return;
    if (!fresh) {
      form.submit();
      return;
    }
    old.replaceWith(fresh);
    history.replaceState(null, "", url);
    fresh.dispatchEvent(new Event("portal:swapped", { bubbles: true }));
    said.textContent = (fresh.querySelector("[data-summary]") ?? fresh.querySelector("h2"))?.textContent.trim() ?? "";
  }

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, PAUSE);
  });
  if (differs(form)) search();
}

document.querySelectorAll("form[data-search]").forEach(watch);
