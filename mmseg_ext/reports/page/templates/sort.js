// A click on a heading sorts its table, a second one turns the order round; what is missing goes last.
for (const heading of document.querySelectorAll('th[aria-sort]')) {
  heading.querySelector('button').addEventListener('click', () => {
    const down = heading.getAttribute('aria-sort') === 'none'
      ? heading.dataset.first === 'descending'
      : heading.getAttribute('aria-sort') === 'ascending';
    for (const other of heading.parentElement.children) {
      if (other.hasAttribute('aria-sort')) other.setAttribute('aria-sort', 'none');
    }
    heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const body = heading.closest('table').tBodies[0];
    const key = row => row.cells[heading.cellIndex].dataset.key;
    const compare = (a, b) => {
      if (key(a) === '' || key(b) === '') return (key(a) === '') - (key(b) === '');
      const order = heading.dataset.first === 'descending'
        ? key(a) - key(b)
        : key(a).localeCompare(key(b), 'en');
      return down ? -order : order;
    };
    body.append(...[...body.rows].sort(compare));
  });
}
