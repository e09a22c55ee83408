'use strict';

const $ = (id) => document.getElementById(id);
const poll_ms = 700;
const names = {
  shape: 'Shape of webhooks', status_order: 'Order of ticks', statuses: 'Report ticks',
  auto_read: 'Reads at once', echo_key: 'Echo our key', duplicates: 'Duplicates of each webhook',
  status_delay: 'Between ticks (ms)', batch_window: 'Batch waits (ms)',
  retry_scale: 'Retry time factor', send_fault: 'Fault of a send',
  send_fault_times: 'How often (0: always)', send_latency: 'A send takes (ms)',
  fail_code: 'Code of failed_later', model_fault: 'Fault of a model',
  model_fault_times: 'How often (0: always)', model_latency: 'A model takes (ms)',
  slow: 'Slow takes (ms)', pauses: 'Pause where most fail', minute_limit: 'Calls a minute (0: any)',
  pair_limit: 'Limit per customer', list_fault: 'Fault of a list',
  list_fault_times: 'How often (0: always)',
};
const groups = [
  ['Webhooks', ['shape', 'duplicates', 'batch_window', 'retry_scale', 'pauses']],
  ['Ticks', ['statuses', 'status_order', 'status_delay', 'auto_read', 'echo_key', 'fail_code']],
  ['Sending', ['send_fault', 'send_fault_times', 'send_latency', 'slow', 'minute_limit',
    'pair_limit']],
  ['Lists', ['list_fault', 'list_fault_times']],
  ['Models', ['model_fault', 'model_fault_times', 'model_latency']],
];
const messages = new Map();
let version = 0;
let typing = [];

/** "+34 600" as the sandbox keeps it: digits, or a user id as it is. */
const peer = () => {
  const from = $('from').value;
  return /[a-z]/i.test(from) ? from : from.replace(/\D/g, '');
};

async function call(method, path, body) {
  const response = await fetch(path, {
    method, headers: { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

function complain(error) {
  $('problem').textContent = error ? error.message : '';
  $('problem').hidden = !error;
}

function element(tag, text, name) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (name) made.className = name;
  return made;
}

/** Our side of a tick, as the customer's phone and the business's would show it. */
function tick(message) {
  const mine = message.direction === 'inbound';
  const [sign, word] = mine
    ? (message.status === 'read' ? ['✓✓', 'read'] : message.acknowledged ? ['✓✓', 'delivered']
      : ['✓', 'sent'])
    : ({ accepted: ['✓', 'accepted'], sent: ['✓', 'sent'], delivered: ['✓✓', 'delivered'],
      read: ['✓✓', 'read'] })[message.status] || ['', `failed ${message.code}`];
  const shown = element('span', sign || word, sign ? `tick ${word}` : 'failed');
  shown.title = word;
  if (sign) {
    shown.setAttribute('role', 'img');
    shown.setAttribute('aria-label', word);
  }
  return shown;
}

function bubble(message) {
  const item = document.createElement('li');
  item.id = `message-${message.number}`;
  item.className = message.direction === 'inbound' ? 'mine' : 'theirs';
  item.append(element('span', message.text));
  const foot = element('span', new Date(message.at * 1000).toLocaleTimeString(), 'foot');
  foot.append(tick(message));
  item.append(foot);
  return item;
}

function show_message(message) {
  const chat = $('chat');
  const old = $(`message-${message.number}`);
  if (old) return old.lastElementChild.replaceWith(bubble(message).lastElementChild);
  const at_end = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 80;
  chat.append(bubble(message));
  if (at_end) chat.scrollTop = chat.scrollHeight;
}

function show_chat() {
  $('chat').replaceChildren();
  for (const message of messages.values()) {
    if (message.peer === peer()) show_message(message);
  }
  show_typing();
}

function show_typing() {
  $('typing').textContent = typing.includes(peer()) ? 'typing…' : '';
}

function show_deliveries(deliveries) {
  $('deliveries').replaceChildren(...deliveries.slice(-12).reverse().map((delivery) => {
    const row = document.createElement('tr');
    row.append(element('td', delivery.event.replace('whatsapp.', '')),
      element('td', delivery.attempts), element('td', delivery.outcome));
    return row;
  }));
}

/** Whoever looks at the chat has read it. */
async function read_chat() {
  const unread = [...messages.values()].some((message) => message.peer === peer()
    && message.direction === 'outbound' && ['sent', 'delivered'].includes(message.status));
  if (unread && !document.hidden) await call('POST', '/sandbox/read', { from: peer() });
}

async function look() {
  const news = await call('GET', `/sandbox/messages?since=${version}`);
  version = news.version;
  typing = news.typing;
  for (const message of news.messages) {
    messages.set(message.number, message);
    if (message.peer === peer()) show_message(message);
  }
  show_typing();
  show_deliveries(news.deliveries);
  await read_chat();
}

async function keep_looking() {
  try {
    await look();
    if ($('problem').dataset.lost) complain();
    delete $('problem').dataset.lost;
  } catch (error) {
    $('problem').dataset.lost = 'yes';
    complain(new Error(`The sandbox doesn't answer: ${error.message}`));
  }
  setTimeout(keep_looking, poll_ms);
}

async function send(event) {
  event.preventDefault();
  const text = $('text').value.trim();
  if (!text && $('kind').value === 'text') return;
  try {
    await call('POST', '/sandbox/customer',
      { from: $('from').value, name: $('name').value, kind: $('kind').value, text });
    $('text').value = '';
    complain();
    await look();
  } catch (error) {
    complain(error);
  }
}

function control_for(name, value, choices) {
  if (choices) {
    const select = document.createElement('select');
    for (const choice of choices) select.append(new Option(choice.replaceAll('_', ' '), choice));
    return select;
  }
  const input = document.createElement('input');
  if (typeof value === 'boolean') {
    input.type = 'checkbox';
  } else {
    input.type = 'number';
    input.step = name === 'retry_scale' ? 'any' : '1';
    input.min = '0';
  }
  return input;
}

/** In place, so that the focus stays where a keyboard has put it. */
function set_switches({ switches }) {
  for (const [name, value] of Object.entries(switches)) {
    const control = $(`switch-${name}`);
    if (control.type === 'checkbox') control.checked = value;
    else control.value = value;
  }
}

function value_of(control) {
  if (control.type === 'checkbox') return control.checked;
  return control.type === 'number' ? Number(control.value) : control.value;
}

async function change(event) {
  try {
    set_switches(await call('PUT', '/sandbox/switches',
      { [event.target.name]: value_of(event.target) }));
    complain();
  } catch (error) {
    complain(error);
    set_switches(await call('GET', '/sandbox/switches'));
  }
}

function show_switches({ switches, choices }) {
  $('switches').replaceChildren(...groups.map(([title, fields]) => {
    const group = document.createElement('fieldset');
    group.append(element('legend', title));
    for (const name of fields) {
      const control = control_for(name, switches[name], choices[name]);
      control.name = name;
      control.id = `switch-${name}`;
      const label = element('label', names[name]);
      label.htmlFor = control.id;
      const row = element('div', undefined, 'row');
      row.append(label, control);
      group.append(row);
    }
    return group;
  }));
  set_switches({ switches });
}

$('write').addEventListener('submit', send);
$('text').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) send(event);
});
$('person').addEventListener('submit', (event) => event.preventDefault());
$('from').addEventListener('change', show_chat);
$('switches').addEventListener('change', change);
$('switches').addEventListener('submit', (event) => event.preventDefault());
$('toggle').addEventListener('click', () => {
  const shown = document.body.classList.toggle('show-panel');
  $('toggle').setAttribute('aria-expanded', String(shown));
});
call('GET', '/sandbox/switches').then(show_switches, complain);
keep_looking();
