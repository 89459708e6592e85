"use strict";
const table = document.getElementById("files");
const heads = table ? [...table.querySelectorAll("thead th[data-sort]")] : [];
function sortBy(head, direction) {
  const column = [...head.parentNode.children].indexOf(head);
  const body = table.tBodies[0];
  const value = (row) => row.children[column].dataset.value;
  const rows = [...body.rows];
  const numbers = head.classList.contains("number");
  rows.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === undefined || y === undefined) return (x === undefined) - (y === undefined);
    const order = numbers ? Number(x) - Number(y) : x.localeCompare(y, undefined, { numeric: true });
    return direction * order;
  });
  body.append(...rows);
  for (const other of heads) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
  try { history.replaceState(null, "", "#sort=" + (direction > 0 ? "" : "-") + head.dataset.sort); } catch { /* a page without an address */ }
}
for (const head of heads) {
  head.querySelector("button").addEventListener("click", () => {
    const before = head.getAttribute("aria-sort");
    const first = head.classList.contains("number") ? -1 : 1;
    sortBy(head, before === null ? first : before === "ascending" ? -1 : 1);
  });
}
const asked = /^#sort=(-?)(\w+)$/.exec(location.hash);
const head = asked && heads.find((head) => head.dataset.sort === asked[2]);
if (head) {
  const button = head.querySelector("button");
  button.click();
  if ((head.getAttribute("aria-sort") === "descending") !== (asked[1] === "-")) button.click();
}
