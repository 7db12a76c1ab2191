// Shows the photo that was chosen before it is sent.
for (const box of document.querySelectorAll("[data-file-preview]")) {
  const image = box.querySelector("img");
  const input = box.querySelector("input[type=file]");

  input.addEventListener("change", () => {
    const photo = [...input.files].find((file) => file.type.startsWith("image/"));
    if (image.src.startsWith("blob:")) URL.revokeObjectURL(image.src);
    if (!photo) return;
    image.src = URL.createObjectURL(photo);
    image.alt = photo.name;
    image.hidden = false;
  });
}
