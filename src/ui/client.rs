//! What the browser remembers and does by itself: saving, other tabs, server push, theme,
//! shortcuts.

pub mod autosave;
pub mod begun;
pub mod boot;
pub mod clipboard;
pub mod clock;
pub mod device;
pub mod files;
pub mod keys;
pub mod live;
pub mod locks;
pub mod missing_code;
pub mod news;
pub mod passkeys;
pub mod preferences;
pub mod request_key;
pub mod resource;
pub mod rest;
pub mod routing;
pub mod settled;
pub mod shortcuts;
pub mod stream;
pub mod tabs;
pub mod theme;
pub mod time_zone;
pub mod toasts;
pub mod visit;
pub mod written;
