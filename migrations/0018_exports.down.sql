DROP TABLE public.export_chunks, public.exports, public.selection_items, public.selections;
