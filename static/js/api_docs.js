// The API's reference by Swagger UI, drawn into #api-docs.
const place = document.getElementById("api-docs");

/** Swagger UI has a dark look of its own, told by a class of the page. */
function follow() {
  const root = document.documentElement;
  root.classList.toggle("dark-mode", root.dataset.bsTheme === "dark");
}

follow();
document.addEventListener("flowza:theme", follow);
window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  presets: [window.SwaggerUIBundle.presets.apis],
  requestInterceptor(request) {
    request.headers["X-CSRFToken"] = place.dataset.csrf;
    return request;
  },
});
