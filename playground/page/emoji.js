/**
 * @file The emoji that ops messages use, by their short names.
 */

import { h } from "./dom.js";

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|clap 👏|pray 🙏|wave 👋|raised_hands 🙌|eyes 👀|ok_hand 👌|muscle 💪|point_right 👉
raising_hand 🙋|smile 😄|grin 😁|joy 😂|wink 😉|blush 😊|sunglasses 😎|thinking_face 🤔|neutral_face 😐|sweat_smile 😅
cry 😢|scream 😱|tada 🎉|heart ❤️|sparkles ✨|white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌
heavy_multiplication_x ✖️|no_entry ⛔|no_entry_sign 🚫|warning ⚠️|exclamation ❗|question ❓|rotating_light 🚨
fire 🔥|fire_engine 🚒|bomb 💣|boom 💥|bug 🐛|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|gear ⚙️|lock 🔒|unlock 🔓|key 🔑
shield 🛡️|zap ⚡|rocket 🚀|ship 🚢|anchor ⚓|sailboat ⛵|boat ⛵|compass 🧭|package 📦|label 🏷️|bookmark 🔖|pushpin 📌
round_pushpin 📍|paperclip 📎|link 🔗|memo 📝|pencil 📝|clipboard 📋|calendar 📆|date 📅|spiral_calendar_pad 🗓️
clock1 🕐|hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|alarm_clock ⏰|watch ⌚|bell 🔔|no_bell 🔕
chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|bar_chart 📊|mag 🔍|bulb 💡|loudspeaker 📢|mega 📣
speech_balloon 💬|telephone_receiver 📞|pager 📟|email ✉️|red_circle 🔴|large_orange_circle 🟠|orange_circle 🟠
large_yellow_circle 🟡|yellow_circle 🟡|large_green_circle 🟢|green_circle 🟢|large_blue_circle 🔵|blue_circle 🔵
white_circle ⚪|black_circle ⚫|large_red_square 🟥|large_green_square 🟩|large_blue_square 🟦
large_yellow_square 🟨|white_large_square ⬜|black_large_square ⬛|small_blue_diamond 🔹|small_orange_diamond 🔸
arrow_up ⬆️|arrow_down ⬇️|arrow_right ➡️|arrow_left ⬅️|arrows_counterclockwise 🔄|repeat 🔁|rewind ⏪
leftwards_arrow_with_hook ↩️|arrow_forward ▶️|pause_button ⏸️|double_vertical_bar ⏸️|black_square_for_stop ⏹️
one 1️⃣|two 2️⃣|three 3️⃣|100 💯|information_source ℹ️|checkered_flag 🏁|triangular_flag_on_post 🚩
traffic_light 🚦|construction 🚧|octagonal_sign 🛑|hatched_chick 🐥|canary 🐤|baby_chick 🐤|sunny ☀️|cloud ☁️
umbrella ☔|snowflake ❄️|ocean 🌊|crescent_moon 🌙|star ⭐|star2 🌟|coffee ☕|pizza 🍕|cake 🍰|robot_face 🤖|ghost 👻
skull 💀|see_no_evil 🙈|bust_in_silhouette 👤|busts_in_silhouette 👥|technologist 🧑‍💻|firefighter 🧑‍🚒|detective 🕵️
handshake 🤝|medal 🏅|trophy 🏆|books 📚|notebook 📓|scroll 📜|page_facing_up 📄|file_folder 📁|floppy_disk 💾
computer 💻|satellite_antenna 📡|globe_with_meridians 🌐`;

/** @type {Map<string, string>} */
const BY_NAME = new Map(
  TABLE.trim()
    .split(/[|\n]/)
    .map((entry) => /** @type {[string, string]} */ (entry.split(" "))),
);

/** Those offered first when somebody reacts. */
export const QUICK = [
  "+1",
  "eyes",
  "white_check_mark",
  "tada",
  "heart",
  "rocket",
  "anchor",
  "pray",
  "warning",
  "rotating_light",
  "bug",
  "thinking_face",
];

/** @param {string} name without colons @returns {HTMLElement|null} null when we do not know it: the code stays readable as text */
export function emoji(name) {
  const found = BY_NAME.get(name.split("::")[0]);
  return found
    ? h("span.emoji", { role: "img", "aria-label": name.replaceAll("_", " "), title: `:${name}:` }, found)
    : null;
}

/** @param {string} start @returns {{name: string, character: string}[]} */
export function emojiStarting(start) {
  return [...BY_NAME].filter(([name]) => name.startsWith(start)).map(([name, character]) => ({ name, character }));
}
