// Sends the form on its own; without script there is the Continue button.
document.querySelector("form[data-autopost]").submit();
