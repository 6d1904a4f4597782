//! Settings rows, and controls that stand alone.

use leptos::prelude::*;
use train::ui::components::*;

fn themes() -> Vec<Choice> {
    [("system", "System"), ("light", "Light"), ("dark", "Dark")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}

fn densities() -> Vec<Choice> {
    vec![
        Choice::new("compact", "Compact").hint("Most rows on a page."),
        Choice::new("comfortable", "Comfortable").hint("Room to read."),
        Choice::new("spacious", "Spacious").hint("Large targets, for touch."),
    ]
}

fn tiers() -> Vec<Choice> {
    vec![
        Choice::new("template", "Template"),
        Choice::new("scenario", "Scenario"),
        Choice::new("edge_case", "Edge case"),
    ]
}

fn reset() -> Callback<()> {
    Callback::new(|()| ())
}

pub fn rows() -> impl IntoView {
    view! {
        <Card
            id="display"
            title="Display"
            hint="How the workplace looks."
            flush=true
            actions=|| {
                view! {
                    <SaveStatus state=SaveState::Saving />
                    <Button small=true variant=ButtonVariant::Ghost icon=IconName::Reset>
                        "Reset section"
                    </Button>
                }
            }
        >
            <FieldList>
                <FieldRow
                    id="theme"
                    label="Theme"
                    description="System follows your device, also while the page is open."
                    changed=true
                    default_text="System"
                    origin=Origin::Personal
                    on_reset=reset()
                    history="/history?path=theme".to_owned()
                    setting="theme"
                    aside=|| {
                        view! {
                            <Switch
                                id="theme-device"
                                label="Theme: this device only"
                                icon=IconName::Device
                                value=true
                            />
                        }
                    }
                >
                    <PictureGroup name="theme" choices=themes() value="dark".to_owned() />
                </FieldRow>
                <FieldRow
                    id="sidebar-collapsed"
                    label="Collapsed sidebar"
                    description="Shows icons only."
                    origin=Origin::Default
                    on_reset=reset()
                    history="/history?path=sidebarCollapsed".to_owned()
                >
                    <Switch name="sidebarCollapsed" value=false />
                </FieldRow>
                <FieldRow
                    id="enable-animations"
                    label="Animations"
                    description="Your device’s wish for reduced motion always wins."
                    origin=Origin::Device
                    changed=true
                    on_reset=reset()
                >
                    <Switch name="enableAnimations" value=true />
                </FieldRow>
                <FieldRow
                    id="rows-per-page"
                    label="Rows per page"
                    origin=Origin::Organization
                    on_reset=reset()
                    extra=|| {
                        view! {
                            <SaveStatus
                                state=SaveState::Failed("the server did not answer".into())
                                on_retry=reset()
                            />
                        }
                    }
                >
                    <Select
                        name="rowsPerPage"
                        choices=["10", "25", "50", "100"].map(|n| Choice::new(n, n)).to_vec()
                        value="50".to_owned()
                    />
                </FieldRow>
                <FieldRow
                    id="auto-approval"
                    label="Auto-approval"
                    description="Conversations of at least this quality are approved at once."
                    changed=true
                    default_text="8.0"
                    origin=Origin::Personal
                    on_reset=reset()
                    history="/history".to_owned()
                >
                    <Slider name="autoApproval" value=7.4 />
                </FieldRow>
                <FieldRow
                    id="flagging"
                    label="Flagging"
                    badge=Some("Used later")
                    description="Below this a conversation is flagged for review."
                    on_reset=reset()
                    error="Flagging must be at most the auto-approval threshold, 7.4."
                >
                    <Slider name="flagging" value=9.0 />
                </FieldRow>
                <FieldRow
                    id="quality-range"
                    label="Quality"
                    description="Both ends filter the list."
                >
                    <RangePair name="quality" value=(2.5, 8.0) />
                </FieldRow>
                <FieldRow
                    id="model"
                    label="Model"
                    description="The model that generates conversations."
                    origin=Origin::Environment
                    disabled=true
                    reason="Your organization’s policy fixes this value."
                    on_reset=reset()
                >
                    <Select
                        choices=vec![Choice::new("a", "A model with a rather long name")]
                        value="a".to_owned()
                    />
                </FieldRow>
                <FieldRow id="tiers" label="Tiers" description="None checked means all.">
                    <CheckboxGroup
                        name="tier"
                        choices=tiers()
                        value=vec!["scenario".to_owned()]
                        inline=true
                    />
                </FieldRow>
                <FieldRow id="table-density" label="Table density" wide=true>
                    <RadioGroup
                        name="tableDensity"
                        choices=densities()
                        value="comfortable".to_owned()
                    />
                </FieldRow>
                <FieldRow
                    id="locked-switch"
                    label="Weekly digest"
                    disabled=true
                    reason="Mail is switched off."
                >
                    <Switch value=true />
                </FieldRow>
            </FieldList>
        </Card>
    }
}

pub fn standalone() -> impl IntoView {
    view! {
        <Card id="fields" title="Fields">
            <div class="columns">
                <div>
                    <TextField
                        id="t1"
                        label="Name"
                        hint="As colleagues see it."
                        value="Ada Lovelace".to_owned()
                    />
                    <TextField
                        id="t2"
                        label="Address"
                        placeholder="https://example.org"
                        kind="url"
                    />
                    <TextField
                        id="t3"
                        label="Key"
                        mono=true
                        value="sk-ant-…4f2c".to_owned()
                        error="This key was refused by the service."
                    />
                    <TextField
                        id="t4"
                        label="Organization"
                        value="Acme".to_owned()
                        disabled=true
                        reason="Only an owner may rename it."
                    />
                    <TextArea id="t5" label="Comment" value="Two lines\nof text".to_owned() />
                </div>
                <div>
                    <NumberField
                        id="n1"
                        label="Time limit"
                        value=30.0
                        min=1.0
                        max=600.0
                        unit="seconds"
                    />
                    <NumberField
                        id="n2"
                        label="Budget"
                        value=120.5
                        step=0.01
                        unit="USD"
                        error="The organization’s ceiling is 100.00."
                    />
                    <Select
                        id="s1"
                        label="Format"
                        choices=vec![Choice::new("json", "JSON"), Choice::new("csv", "CSV")]
                        value="csv".to_owned()
                    />
                    <Slider
                        id="sl1"
                        label="Temperature"
                        hint="Higher is more varied."
                        max=1.0
                        step=0.05
                        value=0.7
                    />
                    <RangePair
                        id="rp1"
                        label="Span"
                        value=(0.0, 10.0)
                        disabled=true
                        reason="Nothing to filter yet."
                    />
                    <SegmentedControl
                        id="sg1"
                        name="sg1"
                        label="Theme"
                        choices=themes()
                        value="system".to_owned()
                        disabled=true
                    />
                    <CheckboxGroup
                        id="cb1"
                        label="Include"
                        choices=vec![
                            Choice::new("meta", "Metadata").hint("Model, cost and time of each."),
                            Choice::new("scores", "Quality scores"),
                            Choice::new("history", "Approval history").disabled(true),
                        ]
                        value=vec!["meta".to_owned(), "scores".to_owned()]
                    />
                    <Switch
                        id="sw1"
                        label="Compress automatically"
                        hint="From 1000 conversations on."
                        value=true
                    />
                    <Switch id="sw2" label="Disabled switch" value=false disabled=true />
                </div>
            </div>
        </Card>
    }
}
