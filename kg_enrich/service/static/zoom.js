// Looking at the current card's picture: zoom, turning, and as many pixels as that needs.

let zoom = 1;
let turn = 0;
// Where in the picture it is looked at, in per cent of its frame.
let spot = [50, 50];

// Zoom and turning are kept from one card to the next.
export function look() {
  const image = document.querySelector(".card.current .frame img");
  for (const other of document.querySelectorAll(".frame img"))
    if (other !== image) other.style.transform = "";
  if (!image) return;
  image.style.transform = zoom === 1 && !turn ? "" : `scale(${zoom}) rotate(${turn}deg)`;
  image.style.transformOrigin = zoom === 1 ? "" : `${spot[0]}% ${spot[1]}%`;
  if (zoom > 1 || document.body.matches(".single")) sharpen(image);
}

// As many pixels as are looked at, up to all that the file has (0).
async function sharpen(image) {
  const larger = new URL(image.src);
  const has = Number(image.dataset.size ?? larger.searchParams.get("size"));
  const pixels = Math.max(image.clientWidth, image.clientHeight) * zoom * devicePixelRatio;
  const size = [320, 960, 2048].find((one) => one >= pixels) ?? 0;
  if (!has || (size && size <= has)) return;
  image.dataset.size = size;
  larger.searchParams.set("size", size);
  const answer = await fetch(larger);
  // What cannot be had stays as it is, and so does what is overtaken.
  if (answer.ok && image.dataset.size === String(size)) image.src = larger;
  const told = document.getElementById("told");
  if (!answer.headers.has("X-Reduced") || !told) return;
  told.textContent = told.dataset.reduced;
  told.classList.add("toast");
}

function move(x, y) {
  spot = [x, y].map((one) => Math.min(Math.max(one, 0), 100));
  look();
}

document.addEventListener("pointermove", (event) => {
  const box = zoom > 1 && event.target.closest(".card.current .frame")?.getBoundingClientRect();
  if (!box) return;
  move(((event.clientX - box.x) / box.width) * 100, ((event.clientY - box.y) / box.height) * 100);
});

export const KEYS = {
  "+": () => ((zoom = Math.min(zoom * 1.4, 40)), look()),
  "=": () => KEYS["+"](),
  "-": () => ((zoom = Math.max(zoom / 1.4, 1)), look()),
  0: () => ((zoom = 1), (turn = 0), move(50, 50)),
  o: () => ((turn = (turn + 90) % 360), look()),
  ShiftArrowLeft: () => move(spot[0] - 9, spot[1]),
  ShiftArrowRight: () => move(spot[0] + 9, spot[1]),
  ShiftArrowUp: () => move(spot[0], spot[1] - 9),
  ShiftArrowDown: () => move(spot[0], spot[1] + 9),
};
