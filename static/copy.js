// Copies the text that a button names in `data-copy`. Without this script the text can be selected.
for (const button of document.querySelectorAll('button[data-copy]')) {
  const text = document.getElementById(button.dataset.copy);
  const said = document.getElementById(button.dataset.said);
  button.hidden = false;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text.value);
    } catch {
      // no secure context, or the person does not want it: select it, and try the old way
      text.select();
      if (!document.execCommand('copy')) return;
    }
    said.textContent = button.dataset.done;
  });
}
