/** Where the application lives under its origin: `""` at the root, `/media` behind a prefix. */
export const basePath = new URL(".", document.baseURI).pathname.replace(/\/$/, "");
