DROP TRIGGER delete_data_sets ON auth.users;
DROP FUNCTION public.delete_data_sets();
DROP TABLE public.data_set_members, public.data_set_versions, public.data_sets;
