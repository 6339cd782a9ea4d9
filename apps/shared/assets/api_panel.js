// Gradio's panel "Use via API" asks for two things that are not served here: its own numbers of the app's use, which are
// closed, and, without --mcp, the list of the tools. It is told so in the browser, and no request is made.
(() => {
  const ask = window.fetch;
  window.fetch = (resource, options) => {
    const { pathname } = new URL(resource.url ?? resource, location.href);
    if (pathname.endsWith("/monitoring/summary")) return Promise.resolve(Response.json({ functions: {} }));
    if (pathname.endsWith("/gradio_api/mcp/schema") && !window.gradio_config?.mcp_server) {
      return Promise.resolve(new Response(null, { status: 404 }));
    }
    return ask.call(window, resource, options);
  };
})();
