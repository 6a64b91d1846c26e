// A click on a picture opens its frame, the Escape key closes it; the links do both without a script.
for (const frame of document.querySelectorAll('.frame')) {
  frame.querySelector('.pictures').addEventListener('click', () => {
    location.hash = frame.matches(':target') ? `${frame.id}-name` : frame.id;
  });
}
document.addEventListener('keydown', event => {
  const open = event.key === 'Escape' && document.querySelector('.frame:target');
  if (open) {
    location.hash = `${open.id}-name`;
    open.querySelector('.open').focus();
  }
});
