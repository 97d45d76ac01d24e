// Rewrites moments from UTC to the reader's own zone; the zone and the UTC moment stay in the title.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const format = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
const offset = new Intl.DateTimeFormat("en-GB", { timeZoneName: "shortOffset" });

/** Rewrites every <time> with a clock time inside `root`; days alone have no zone and stay. */
export function rewriteTimes(root) {
  for (const time of root.querySelectorAll("time[datetime*='T']:not([data-local])")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const utc = time.dateTime.replace("T", " ").replace("Z", " UTC");
    const part = offset.formatToParts(moment).find(({ type }) => type === "timeZoneName");
    time.textContent = format.format(moment);
    time.title = `${zone} (${part.value}) – ${utc}`;
    time.dataset.local = "";
  }
}

rewriteTimes(document);
document.addEventListener("portal:swapped", (event) => rewriteTimes(event.target));
