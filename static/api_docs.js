// Starts the viewer of the API's documentation. Without this script the page leads to the document itself.
if (matchMedia('(prefers-color-scheme: dark)').matches) document.documentElement.classList.add('dark-mode');
window.SwaggerUIBundle({
  url: '/api/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  tryItOutEnabled: false,
  validatorUrl: null,
});
