"use strict";

// Asks the browser for a passkey and sends its answer with the form. Without scripts the form stays
// hidden, and whatever else the page offers does.

function toBytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

function readOptions(text) {
  const options = JSON.parse(text);
  options.challenge = toBytes(options.challenge);
  if (options.user) {
    options.user.id = toBytes(options.user.id);
  }
  for (const list of [options.allowCredentials, options.excludeCredentials]) {
    for (const one of list || []) {
      one.id = toBytes(one.id);
    }
  }
  return options;
}

function writeAnswer(credential) {
  const response = { clientDataJSON: toText(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) {
      response[name] = toText(credential.response[name]);
    }
  }
  return JSON.stringify({
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) {
      return;
    }
    event.preventDefault();
    const trouble = form.querySelector("[role=alert]");
    trouble.hidden = true;
    try {
      const publicKey = readOptions(form.dataset.options);
      const isNew = form.dataset.passkey === "new";
      const asked = { publicKey };
      const answer = await (isNew
        ? navigator.credentials.create(asked)
        : navigator.credentials.get(asked));
      form.elements.credential.value = writeAnswer(answer);
      form.submit();
    } catch (error) {
      trouble.hidden = false;
    }
  });
}
