// Mounts Stripe's Payment Element: card, Alipay and WeChat Pay as the account has them switched on.
const form = document.getElementById("payment-form");
const stripe = window.Stripe(form.dataset.key, { locale: document.documentElement.lang });
const elements = stripe.elements({ clientSecret: form.dataset.secret });
elements.create("payment").mount("#payment-element");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const { error } = await stripe.confirmPayment({
    elements,
    confirmParams: { return_url: form.dataset.return },
  });
  // Only reached when the payment could not be sent: the page stays, nothing is lost.
  document.getElementById("payment-error").textContent = error.message;
  button.disabled = false;
});
