// While the slider moves: what the nearest known threshold above it would publish.

const slider = document.getElementById("threshold");
const known = [...document.querySelectorAll("#finer li")];
const mark = document.querySelector(".chosen");

slider.addEventListener("input", () => {
  const row = known.find((one) => Number(one.dataset.score) >= Number(slider.value)) ?? known.at(-1);
  document.getElementById("says").textContent = row.textContent;
  mark?.setAttribute("transform", `translate(${(row.dataset.score / 10) * mark.dataset.room})`);
});
slider.form.querySelector("button").hidden = true;
