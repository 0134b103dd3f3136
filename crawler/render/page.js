"use strict";

// look says whether the page is ready, and whether what is awaited is there.
function look(wait) {
  try {
    return {ready: document.readyState === "complete", found: wait === "" || document.querySelector(wait) !== null};
  } catch (e) {
    return {wrong: e.message};
  }
}

// take gives the page as a reader sees it: without what is for browsers that
// run no scripts, and with shadow trees where they are shown. It is copied into
// a document that runs nothing.
function take(limit) {
  const inert = document.implementation.createHTMLDocument("");
  const root = inert.importNode(document.documentElement, true);
  inline(document.documentElement, root, inert);
  for (const n of [...root.querySelectorAll("noscript")]) n.remove();
  const html = "<!DOCTYPE html>\n" + root.outerHTML + "\n";
  const url = document.URL;
  return html.length > limit ? {long: html.length, url} : {html, url};
}

// inline puts the shadow trees below an element into its copy, what is slotted
// in its slots. It walks without recursion: pages can be nested very deep.
function inline(from, to, inert) {
  const todo = [[from, to]];
  while (todo.length > 0) {
    const [a, b] = todo.pop();
    let kids = a.childNodes;
    if (a.shadowRoot) {
      kids = a.shadowRoot.childNodes;
    } else if (a.localName === "slot" && a.getRootNode() instanceof ShadowRoot && a.assignedNodes().length > 0) {
      kids = a.assignedNodes();
    }
    if (kids !== a.childNodes || b.childNodes.length !== kids.length) {
      b.replaceChildren(...[...kids].map((k) => inert.importNode(k, true)));
    }
    for (let n = 0; n < kids.length; n++) {
      if (kids[n].nodeType === Node.ELEMENT_NODE) todo.push([kids[n], b.childNodes[n]]);
    }
  }
}
