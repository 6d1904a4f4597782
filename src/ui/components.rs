//! The parts that pages are built from. They hold no product knowledge: labels, values and answers
//! are passed in.
//!
//! Four rules hold for all of them.
//! * **Controlled.** A control shows `value` and reports a wish by `on_change` (each edit) and
//!   `on_commit` (a finished edit: blur, Enter, release). Whoever owns the value decides; a refused
//!   wish makes the control show the old value again. A text or number field that has focus is
//!   never overwritten.
//! * **Named once.** Inside a [`FieldRow`] a control takes its name, description, error and
//!   disabled state from the row; elsewhere it has its own `label`, `hint`, `error`. A name never
//!   changes with the state.
//! * **No style attributes.** The content security policy forbids them. Looks come from `style/`:
//!   the root class is the component's name in kebab case, its parts are `name-part`, variants are
//!   `data-*` attributes, states are those of the element itself (`:checked`, `:disabled`,
//!   `aria-*`).
//! * **Erased.** They return `AnyView`. Otherwise the type of a page holds those of all its parts,
//!   and the compiler gives up on a page of ten rows.

mod app_frame;
mod auth_card;
mod badge;
mod banner;
mod button;
mod card;
mod checkbox_group;
mod choice;
mod chord;
mod dialog;
mod difference_list;
mod dom;
mod field_row;
mod file_field;
mod filter_form;
mod icon;
mod marked;
mod meter;
mod naming;
mod needs_script;
mod number;
mod number_field;
mod number_input;
mod page_header;
mod pager;
mod password_field;
mod radio_group;
mod range_pair;
mod row_menu;
mod rows;
mod save_status;
mod search_field;
mod secret;
mod select;
mod skeleton;
mod slider;
mod state;
mod switch;
mod tab_links;
mod tab_page;
mod table;
mod text_area;
mod text_field;
mod toast;
mod tone;

pub use crate::ui::tone::Tone;
pub use app_frame::{AppFrame, MenuItem, NavGroup, NavItem, Person, Wordmark, close_on_navigation};
pub use auth_card::AuthCard;
pub use badge::{Badge, Count, CountBadge};
pub use banner::Banner;
pub use button::{Button, ButtonVariant, IconButton, LinkButton};
pub use card::Card;
pub use checkbox_group::CheckboxGroup;
pub use choice::Choice;
pub use chord::Chord;
pub use dialog::{ConfirmDialog, Dialog};
pub use difference_list::{Difference, DifferenceList};
pub use dom::{Resets, lead_to_unread};
pub use field_row::{FieldList, FieldMenu, FieldRow, Origin};
pub use file_field::{FileDrop, FileField};
pub use filter_form::{FilterForm, FilterSelect};
pub use icon::{Icon, IconName};
pub use marked::Marked;
pub use meter::{Meter, Progress, UsageMeter};
pub use naming::Tries;
pub use needs_script::NeedsScript;
pub use number::format_number;
pub use number_field::{NumberEntry, NumberField};
pub use number_input::{Entered, Typing};
pub use page_header::{PageHeader, PageTitle};
pub use pager::{PageLink, Pager};
pub use password_field::PasswordField;
pub use radio_group::{PictureGroup, RadioGroup, SegmentedControl};
pub use range_pair::RangePair;
pub use row_menu::{MenuAction, MenuLink, RowMenu};
pub use rows::{Rows, parts, rows, text_rows};
pub use save_status::{SaveState, SaveStatus};
pub use search_field::SearchField;
pub use secret::Secret;
pub use select::Select;
pub use skeleton::Skeleton;
pub use slider::Slider;
pub use state::{EmptyState, ErrorState};
pub use switch::Switch;
pub use tab_links::{TabLink, TabLinks};
pub use tab_page::{Tab, TabPage, use_tab};
pub use table::{Head, SortHeader, Sorted, Table, TableRegion};
pub use text_area::TextArea;
pub use text_field::TextField;
pub use toast::ToastRegion;
