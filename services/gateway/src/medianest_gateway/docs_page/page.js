"use strict";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const CSRF_COOKIES = ["__Host-medianest_csrf", "medianest_csrf"];

function csrfToken() {
  const pairs = document.cookie.split(";").map((pair) => pair.trim());
  for (const name of CSRF_COOKIES) {
    const pair = pairs.find((one) => one.startsWith(`${name}=`));
    if (pair) return decodeURIComponent(pair.slice(name.length + 1));
  }
  return null;
}

window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor(request) {
    const token = SAFE.has((request.method || "GET").toUpperCase()) ? null : csrfToken();
    if (token) request.headers["X-CSRF-Token"] = token;
    return request;
  },
});
