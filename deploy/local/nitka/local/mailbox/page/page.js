// Everything from a mail goes into the page as text; its HTML only into a sandboxed frame.
const $ = (id) => document.getElementById(id);
let mails = [];
let customer = null;
let open = null;

async function api(path, options) {
  const response = await fetch(`/api/mails${path}`, options);
  if (!response.ok) throw new Error((await response.json()).detail ?? response.statusText);
  return response.status === 204 ? null : response.json();
}

function line(title, detail, chosen, act) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const small = document.createElement("small");
  button.textContent = title;
  small.textContent = detail;
  button.append(small);
  if (chosen) button.setAttribute("aria-current", "true");
  button.addEventListener("click", act);
  item.append(button);
  return item;
}

function when(date) {
  const time = new Date(date);
  return Number.isNaN(time.valueOf()) ? "no date" : time.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

function show() {
  const counts = new Map();
  for (const mail of mails) counts.set(mail.mailbox, (counts.get(mail.mailbox) ?? 0) + 1);
  customer ??= counts.keys().next().value ?? null;
  $("customers").replaceChildren(...[...counts].map(([address, count]) =>
    line(address, `${count} ${count === 1 ? "mail" : "mails"}`, address === customer, () => { customer = address; show(); })));
  $("mails").replaceChildren(...mails.filter((mail) => mail.mailbox === customer).map((mail) =>
    line(mail.subject || "(no subject)", `${when(mail.date)} · ${mail.sent ? `to ${mail.to.join(", ")}` : mail.from}`,
      mail.id === open, () => read(mail.id))));
}

async function read(id) {
  open = id;
  show();
  const mail = await api(`/${encodeURIComponent(id)}`);
  const view = $("reading").content.cloneNode(true);
  const put = (name, value) => { view.querySelector(name).textContent = value; };
  put(".subject", mail.subject || "(no subject)");
  put(".from", mail.sender);
  put(".to", [...mail.to, ...mail.cc].join(", "));
  put(".date", mail.date);
  put(".raw", mail.raw);
  put(".as", mail.mailbox);
  if (mail.has_html) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox"); // a link opens in a tab of its own
    frame.title = "The mail";
    frame.src = `/api/mails/${encodeURIComponent(id)}/html`;
    view.querySelector(".text").replaceWith(frame);
  } else put(".text", mail.text);
  view.querySelector(".attachments").replaceChildren(...mail.attachments.map((file) => {
    const item = document.createElement("li");
    item.textContent = `${file.name} (${file.size} bytes)`;
    return item;
  }));
  const form = view.querySelector("form");
  if (mail.sent) form.remove();
  else form.addEventListener("submit", (event) => send(event, { in_reply_to: id }));
  $("mail").replaceChildren(view);
}

async function send(event, more) {
  event.preventDefault();
  const form = event.target;
  const note = form.querySelector("output");
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const body = JSON.stringify({ ...Object.fromEntries(new FormData(form)), ...more });
    await api("", { method: "POST", headers: { "content-type": "application/json" }, body });
    form.querySelector("textarea").value = "";
    note.textContent = "Sent.";
    await refresh();
  } catch (error) {
    note.textContent = error.message;
  } finally {
    button.disabled = false;
  }
}

async function refresh() {
  mails = await api("?limit=500");
  show();
}

$("write").addEventListener("click", () => {
  const view = $("writing").content.cloneNode(true);
  view.querySelector("form").addEventListener("submit", (event) => send(event, {}));
  $("mail").replaceChildren(view);
});
setInterval(() => { if (!document.hidden) refresh().catch(() => {}); }, 2000);
refresh();
