(function (root) {
  var choice;
  try { choice = localStorage.getItem("medianest-theme"); } catch (e) { choice = null; }
  var light = choice === "light" || (choice === "system" && matchMedia("(prefers-color-scheme: light)").matches);
  root.className = light ? "light" : "dark";
})(document.documentElement);
